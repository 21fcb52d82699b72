from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TradingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADING_STATE_UNSPECIFIED: _ClassVar[TradingState]
    TRADING_STATE_STOPPED: _ClassVar[TradingState]
    TRADING_STATE_STARTING: _ClassVar[TradingState]
    TRADING_STATE_RUNNING: _ClassVar[TradingState]
    TRADING_STATE_PAUSED: _ClassVar[TradingState]
    TRADING_STATE_STOPPING: _ClassVar[TradingState]
    TRADING_STATE_KILLED: _ClassVar[TradingState]

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_BUY: _ClassVar[Side]
    SIDE_SELL: _ClassVar[Side]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_LONG: _ClassVar[Direction]
    DIRECTION_SHORT: _ClassVar[Direction]

class OrderRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_ROLE_UNSPECIFIED: _ClassVar[OrderRole]
    ORDER_ROLE_ENTRY: _ClassVar[OrderRole]
    ORDER_ROLE_STOP: _ClassVar[OrderRole]
    ORDER_ROLE_TARGET: _ClassVar[OrderRole]
    ORDER_ROLE_FLATTEN: _ClassVar[OrderRole]

class OrderType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_TYPE_UNSPECIFIED: _ClassVar[OrderType]
    ORDER_TYPE_MARKET: _ClassVar[OrderType]
    ORDER_TYPE_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_STOP: _ClassVar[OrderType]
    ORDER_TYPE_STOP_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_TRAILING_STOP: _ClassVar[OrderType]

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_DAY: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]

class KillPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KILL_POLICY_UNSPECIFIED: _ClassVar[KillPolicy]
    KILL_POLICY_FLATTEN: _ClassVar[KillPolicy]
    KILL_POLICY_KEEP: _ClassVar[KillPolicy]

class ScoreOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCORE_OUTCOME_UNSPECIFIED: _ClassVar[ScoreOutcome]
    SCORE_OUTCOME_ELIGIBLE: _ClassVar[ScoreOutcome]
    SCORE_OUTCOME_BELOW: _ClassVar[ScoreOutcome]
    SCORE_OUTCOME_NOT_FLAT: _ClassVar[ScoreOutcome]
    SCORE_OUTCOME_CONFLICT: _ClassVar[ScoreOutcome]

class ScheduleOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEDULE_OUTCOME_UNSPECIFIED: _ClassVar[ScheduleOutcome]
    SCHEDULE_OUTCOME_DONE: _ClassVar[ScheduleOutcome]
    SCHEDULE_OUTCOME_REFUSED: _ClassVar[ScheduleOutcome]
    SCHEDULE_OUTCOME_MISSED: _ClassVar[ScheduleOutcome]
TRADING_STATE_UNSPECIFIED: TradingState
TRADING_STATE_STOPPED: TradingState
TRADING_STATE_STARTING: TradingState
TRADING_STATE_RUNNING: TradingState
TRADING_STATE_PAUSED: TradingState
TRADING_STATE_STOPPING: TradingState
TRADING_STATE_KILLED: TradingState
SIDE_UNSPECIFIED: Side
SIDE_BUY: Side
SIDE_SELL: Side
DIRECTION_UNSPECIFIED: Direction
DIRECTION_LONG: Direction
DIRECTION_SHORT: Direction
ORDER_ROLE_UNSPECIFIED: OrderRole
ORDER_ROLE_ENTRY: OrderRole
ORDER_ROLE_STOP: OrderRole
ORDER_ROLE_TARGET: OrderRole
ORDER_ROLE_FLATTEN: OrderRole
ORDER_TYPE_UNSPECIFIED: OrderType
ORDER_TYPE_MARKET: OrderType
ORDER_TYPE_LIMIT: OrderType
ORDER_TYPE_STOP: OrderType
ORDER_TYPE_STOP_LIMIT: OrderType
ORDER_TYPE_TRAILING_STOP: OrderType
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_DAY: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce
KILL_POLICY_UNSPECIFIED: KillPolicy
KILL_POLICY_FLATTEN: KillPolicy
KILL_POLICY_KEEP: KillPolicy
SCORE_OUTCOME_UNSPECIFIED: ScoreOutcome
SCORE_OUTCOME_ELIGIBLE: ScoreOutcome
SCORE_OUTCOME_BELOW: ScoreOutcome
SCORE_OUTCOME_NOT_FLAT: ScoreOutcome
SCORE_OUTCOME_CONFLICT: ScoreOutcome
SCHEDULE_OUTCOME_UNSPECIFIED: ScheduleOutcome
SCHEDULE_OUTCOME_DONE: ScheduleOutcome
SCHEDULE_OUTCOME_REFUSED: ScheduleOutcome
SCHEDULE_OUTCOME_MISSED: ScheduleOutcome

class SignalRaised(_message.Message):
    __slots__ = ("symbol", "timeframe", "detector", "kind", "family", "direction", "origin_bar", "bar", "entry", "stop", "target", "top", "bottom", "strength", "volume_ratio", "first_index", "last_index", "config", "context")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_BAR_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    BOTTOM_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    VOLUME_RATIO_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    LAST_INDEX_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    timeframe: str
    detector: str
    kind: str
    family: str
    direction: Direction
    origin_bar: int
    bar: int
    entry: int
    stop: int
    target: int
    top: int
    bottom: int
    strength: float
    volume_ratio: float
    first_index: int
    last_index: int
    config: str
    context: bool
    def __init__(self, symbol: _Optional[str] = ..., timeframe: _Optional[str] = ..., detector: _Optional[str] = ..., kind: _Optional[str] = ..., family: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., origin_bar: _Optional[int] = ..., bar: _Optional[int] = ..., entry: _Optional[int] = ..., stop: _Optional[int] = ..., target: _Optional[int] = ..., top: _Optional[int] = ..., bottom: _Optional[int] = ..., strength: _Optional[float] = ..., volume_ratio: _Optional[float] = ..., first_index: _Optional[int] = ..., last_index: _Optional[int] = ..., config: _Optional[str] = ..., context: _Optional[bool] = ...) -> None: ...

class EvidenceChanged(_message.Message):
    __slots__ = ("signal_id", "factor")
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    signal_id: bytes
    factor: float
    def __init__(self, signal_id: _Optional[bytes] = ..., factor: _Optional[float] = ...) -> None: ...

class TimeframeReported(_message.Message):
    __slots__ = ("symbol", "timeframe", "bar", "bias", "period_open", "last_close", "warm", "bars_known", "base_closed", "signals", "changes", "scenario", "in_force", "plugin")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    BIAS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_OPEN_FIELD_NUMBER: _ClassVar[int]
    LAST_CLOSE_FIELD_NUMBER: _ClassVar[int]
    WARM_FIELD_NUMBER: _ClassVar[int]
    BARS_KNOWN_FIELD_NUMBER: _ClassVar[int]
    BASE_CLOSED_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    timeframe: str
    bar: int
    bias: int
    period_open: int
    last_close: int
    warm: bool
    bars_known: int
    base_closed: bool
    signals: _containers.RepeatedScalarFieldContainer[bytes]
    changes: _containers.RepeatedCompositeFieldContainer[EvidenceChanged]
    scenario: str
    in_force: int
    plugin: str
    def __init__(self, symbol: _Optional[str] = ..., timeframe: _Optional[str] = ..., bar: _Optional[int] = ..., bias: _Optional[int] = ..., period_open: _Optional[int] = ..., last_close: _Optional[int] = ..., warm: _Optional[bool] = ..., bars_known: _Optional[int] = ..., base_closed: _Optional[bool] = ..., signals: _Optional[_Iterable[bytes]] = ..., changes: _Optional[_Iterable[_Union[EvidenceChanged, _Mapping]]] = ..., scenario: _Optional[str] = ..., in_force: _Optional[int] = ..., plugin: _Optional[str] = ...) -> None: ...

class ClassWeight(_message.Message):
    __slots__ = ("name", "weight")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    name: str
    weight: float
    def __init__(self, name: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class FamilyEvidence(_message.Message):
    __slots__ = ("timeframe", "family", "evidence")
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    timeframe: str
    family: str
    evidence: float
    def __init__(self, timeframe: _Optional[str] = ..., family: _Optional[str] = ..., evidence: _Optional[float] = ...) -> None: ...

class ScoreParts(_message.Message):
    __slots__ = ("trading", "evidence", "opposition", "bias", "opposite_score", "weights", "families")
    TRADING_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    OPPOSITION_FIELD_NUMBER: _ClassVar[int]
    BIAS_FIELD_NUMBER: _ClassVar[int]
    OPPOSITE_SCORE_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    FAMILIES_FIELD_NUMBER: _ClassVar[int]
    trading: float
    evidence: float
    opposition: float
    bias: float
    opposite_score: float
    weights: _containers.RepeatedCompositeFieldContainer[ClassWeight]
    families: _containers.RepeatedCompositeFieldContainer[FamilyEvidence]
    def __init__(self, trading: _Optional[float] = ..., evidence: _Optional[float] = ..., opposition: _Optional[float] = ..., bias: _Optional[float] = ..., opposite_score: _Optional[float] = ..., weights: _Optional[_Iterable[_Union[ClassWeight, _Mapping]]] = ..., families: _Optional[_Iterable[_Union[FamilyEvidence, _Mapping]]] = ...) -> None: ...

class SignalScored(_message.Message):
    __slots__ = ("signal_id", "symbol", "timeframe", "direction", "score", "outcome", "parts")
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    signal_id: bytes
    symbol: str
    timeframe: str
    direction: Direction
    score: float
    outcome: ScoreOutcome
    parts: ScoreParts
    def __init__(self, signal_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., timeframe: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., score: _Optional[float] = ..., outcome: _Optional[_Union[ScoreOutcome, str]] = ..., parts: _Optional[_Union[ScoreParts, _Mapping]] = ...) -> None: ...

class GateResult(_message.Message):
    __slots__ = ("gate", "passed", "value", "limit", "distance")
    GATE_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    gate: str
    passed: bool
    value: str
    limit: str
    distance: str
    def __init__(self, gate: _Optional[str] = ..., passed: _Optional[bool] = ..., value: _Optional[str] = ..., limit: _Optional[str] = ..., distance: _Optional[str] = ...) -> None: ...

class DecisionMade(_message.Message):
    __slots__ = ("signal_id", "symbol", "timeframe", "direction", "score", "approved", "reason", "gate_set", "passed", "gates", "quantity", "notional", "config")
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    GATE_SET_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    GATES_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    signal_id: bytes
    symbol: str
    timeframe: str
    direction: Direction
    score: float
    approved: bool
    reason: str
    gate_set: int
    passed: int
    gates: _containers.RepeatedCompositeFieldContainer[GateResult]
    quantity: int
    notional: int
    config: str
    def __init__(self, signal_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., timeframe: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., score: _Optional[float] = ..., approved: _Optional[bool] = ..., reason: _Optional[str] = ..., gate_set: _Optional[int] = ..., passed: _Optional[int] = ..., gates: _Optional[_Iterable[_Union[GateResult, _Mapping]]] = ..., quantity: _Optional[int] = ..., notional: _Optional[int] = ..., config: _Optional[str] = ...) -> None: ...

class OrderApproved(_message.Message):
    __slots__ = ("decision_id", "signal_id", "symbol", "side", "quantity", "reference", "stop", "target", "reserved", "reserved_fees", "session", "config", "entry", "timeframe")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FEES_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    decision_id: bytes
    signal_id: bytes
    symbol: str
    side: Side
    quantity: int
    reference: int
    stop: int
    target: int
    reserved: int
    reserved_fees: int
    session: int
    config: str
    entry: int
    timeframe: str
    def __init__(self, decision_id: _Optional[bytes] = ..., signal_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., quantity: _Optional[int] = ..., reference: _Optional[int] = ..., stop: _Optional[int] = ..., target: _Optional[int] = ..., reserved: _Optional[int] = ..., reserved_fees: _Optional[int] = ..., session: _Optional[int] = ..., config: _Optional[str] = ..., entry: _Optional[int] = ..., timeframe: _Optional[str] = ...) -> None: ...

class OrderDenied(_message.Message):
    __slots__ = ("decision_id", "signal_id", "symbol", "side", "reason")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    decision_id: bytes
    signal_id: bytes
    symbol: str
    side: Side
    reason: str
    def __init__(self, decision_id: _Optional[bytes] = ..., signal_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class EntriesLocked(_message.Message):
    __slots__ = ("lock", "symbol", "reason", "detail", "until")
    LOCK_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    lock: str
    symbol: str
    reason: str
    detail: str
    until: int
    def __init__(self, lock: _Optional[str] = ..., symbol: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., until: _Optional[int] = ...) -> None: ...

class EntriesUnlocked(_message.Message):
    __slots__ = ("lock", "symbol")
    LOCK_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    lock: str
    symbol: str
    def __init__(self, lock: _Optional[str] = ..., symbol: _Optional[str] = ...) -> None: ...

class DayClosed(_message.Message):
    __slots__ = ("session", "trades", "wins", "losses", "realised", "fees", "equity_open", "equity_close", "max_drawdown")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    WINS_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    EQUITY_OPEN_FIELD_NUMBER: _ClassVar[int]
    EQUITY_CLOSE_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    session: int
    trades: int
    wins: int
    losses: int
    realised: int
    fees: int
    equity_open: int
    equity_close: int
    max_drawdown: int
    def __init__(self, session: _Optional[int] = ..., trades: _Optional[int] = ..., wins: _Optional[int] = ..., losses: _Optional[int] = ..., realised: _Optional[int] = ..., fees: _Optional[int] = ..., equity_open: _Optional[int] = ..., equity_close: _Optional[int] = ..., max_drawdown: _Optional[int] = ...) -> None: ...

class OrderAccepted(_message.Message):
    __slots__ = ("order_id", "parent_id", "symbol", "role", "side", "quantity", "price", "active_ts", "reserved", "reduce_only", "kill_id", "signal_id", "stop", "target", "order_type", "time_in_force", "limit", "trail", "expires_ts")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TS_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    REDUCE_ONLY_FIELD_NUMBER: _ClassVar[int]
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ORDER_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    TRAIL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_TS_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    parent_id: bytes
    symbol: str
    role: OrderRole
    side: Side
    quantity: int
    price: int
    active_ts: int
    reserved: int
    reduce_only: bool
    kill_id: bytes
    signal_id: bytes
    stop: int
    target: int
    order_type: OrderType
    time_in_force: TimeInForce
    limit: int
    trail: int
    expires_ts: int
    def __init__(self, order_id: _Optional[bytes] = ..., parent_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., role: _Optional[_Union[OrderRole, str]] = ..., side: _Optional[_Union[Side, str]] = ..., quantity: _Optional[int] = ..., price: _Optional[int] = ..., active_ts: _Optional[int] = ..., reserved: _Optional[int] = ..., reduce_only: _Optional[bool] = ..., kill_id: _Optional[bytes] = ..., signal_id: _Optional[bytes] = ..., stop: _Optional[int] = ..., target: _Optional[int] = ..., order_type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., limit: _Optional[int] = ..., trail: _Optional[int] = ..., expires_ts: _Optional[int] = ...) -> None: ...

class OrderReplaced(_message.Message):
    __slots__ = ("order_id", "symbol", "role", "quantity", "price", "limit", "active_ts", "trail")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TS_FIELD_NUMBER: _ClassVar[int]
    TRAIL_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    role: OrderRole
    quantity: int
    price: int
    limit: int
    active_ts: int
    trail: int
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., role: _Optional[_Union[OrderRole, str]] = ..., quantity: _Optional[int] = ..., price: _Optional[int] = ..., limit: _Optional[int] = ..., active_ts: _Optional[int] = ..., trail: _Optional[int] = ...) -> None: ...

class SplitApplied(_message.Message):
    __slots__ = ("symbol", "numerator", "denominator", "price", "before", "quantity", "cash", "realised")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    NUMERATOR_FIELD_NUMBER: _ClassVar[int]
    DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    numerator: int
    denominator: int
    price: int
    before: int
    quantity: int
    cash: int
    realised: int
    def __init__(self, symbol: _Optional[str] = ..., numerator: _Optional[int] = ..., denominator: _Optional[int] = ..., price: _Optional[int] = ..., before: _Optional[int] = ..., quantity: _Optional[int] = ..., cash: _Optional[int] = ..., realised: _Optional[int] = ...) -> None: ...

class DividendPaid(_message.Message):
    __slots__ = ("symbol", "amount", "quantity", "cash")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    amount: int
    quantity: int
    cash: int
    def __init__(self, symbol: _Optional[str] = ..., amount: _Optional[int] = ..., quantity: _Optional[int] = ..., cash: _Optional[int] = ...) -> None: ...

class OrderRejected(_message.Message):
    __slots__ = ("order_id", "symbol", "reason")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    reason: str
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class OrderTriggered(_message.Message):
    __slots__ = ("order_id", "symbol")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ...) -> None: ...

class OrderFilled(_message.Message):
    __slots__ = ("order_id", "symbol", "role", "side", "quantity", "price", "fee", "realised", "done", "range_low", "range_high", "raw_price", "model", "first_index", "last_index", "kill_id")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    RANGE_LOW_FIELD_NUMBER: _ClassVar[int]
    RANGE_HIGH_FIELD_NUMBER: _ClassVar[int]
    RAW_PRICE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    LAST_INDEX_FIELD_NUMBER: _ClassVar[int]
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    role: OrderRole
    side: Side
    quantity: int
    price: int
    fee: int
    realised: int
    done: bool
    range_low: int
    range_high: int
    raw_price: int
    model: str
    first_index: int
    last_index: int
    kill_id: bytes
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., role: _Optional[_Union[OrderRole, str]] = ..., side: _Optional[_Union[Side, str]] = ..., quantity: _Optional[int] = ..., price: _Optional[int] = ..., fee: _Optional[int] = ..., realised: _Optional[int] = ..., done: _Optional[bool] = ..., range_low: _Optional[int] = ..., range_high: _Optional[int] = ..., raw_price: _Optional[int] = ..., model: _Optional[str] = ..., first_index: _Optional[int] = ..., last_index: _Optional[int] = ..., kill_id: _Optional[bytes] = ...) -> None: ...

class OrderCanceled(_message.Message):
    __slots__ = ("order_id", "symbol", "role", "reason", "remaining")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    role: OrderRole
    reason: str
    remaining: int
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., role: _Optional[_Union[OrderRole, str]] = ..., reason: _Optional[str] = ..., remaining: _Optional[int] = ...) -> None: ...

class OrderRequestRefused(_message.Message):
    __slots__ = ("order_id", "symbol", "request_id", "reason")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    request_id: str
    reason: str
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class TradeClosed(_message.Message):
    __slots__ = ("symbol", "direction", "quantity", "entry_ts", "entry_price", "exit_price", "realised", "fees", "net", "entry_order", "exit_role", "signal_id", "mfe", "mae")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    EXIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    NET_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ORDER_FIELD_NUMBER: _ClassVar[int]
    EXIT_ROLE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    MFE_FIELD_NUMBER: _ClassVar[int]
    MAE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    direction: Direction
    quantity: int
    entry_ts: int
    entry_price: int
    exit_price: int
    realised: int
    fees: int
    net: int
    entry_order: bytes
    exit_role: OrderRole
    signal_id: bytes
    mfe: int
    mae: int
    def __init__(self, symbol: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., quantity: _Optional[int] = ..., entry_ts: _Optional[int] = ..., entry_price: _Optional[int] = ..., exit_price: _Optional[int] = ..., realised: _Optional[int] = ..., fees: _Optional[int] = ..., net: _Optional[int] = ..., entry_order: _Optional[bytes] = ..., exit_role: _Optional[_Union[OrderRole, str]] = ..., signal_id: _Optional[bytes] = ..., mfe: _Optional[int] = ..., mae: _Optional[int] = ...) -> None: ...

class PositionSnapshot(_message.Message):
    __slots__ = ("symbol", "session", "quantity", "cost", "price", "unrealised")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    session: int
    quantity: int
    cost: int
    price: int
    unrealised: int
    def __init__(self, symbol: _Optional[str] = ..., session: _Optional[int] = ..., quantity: _Optional[int] = ..., cost: _Optional[int] = ..., price: _Optional[int] = ..., unrealised: _Optional[int] = ...) -> None: ...

class AccountCompared(_message.Message):
    __slots__ = ("session", "cash", "equity", "realised", "fees", "agrees")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    AGREES_FIELD_NUMBER: _ClassVar[int]
    session: int
    cash: int
    equity: int
    realised: int
    fees: int
    agrees: bool
    def __init__(self, session: _Optional[int] = ..., cash: _Optional[int] = ..., equity: _Optional[int] = ..., realised: _Optional[int] = ..., fees: _Optional[int] = ..., agrees: _Optional[bool] = ...) -> None: ...

class TradingStateChanged(_message.Message):
    __slots__ = ("previous", "state", "command", "request_id", "reason", "by", "flatten")
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    FLATTEN_FIELD_NUMBER: _ClassVar[int]
    previous: TradingState
    state: TradingState
    command: str
    request_id: str
    reason: str
    by: str
    flatten: bool
    def __init__(self, previous: _Optional[_Union[TradingState, str]] = ..., state: _Optional[_Union[TradingState, str]] = ..., command: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ..., flatten: _Optional[bool] = ...) -> None: ...

class Killed(_message.Message):
    __slots__ = ("previous", "policy", "request_id", "reason", "by", "canceled")
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    CANCELED_FIELD_NUMBER: _ClassVar[int]
    previous: TradingState
    policy: KillPolicy
    request_id: str
    reason: str
    by: str
    canceled: int
    def __init__(self, previous: _Optional[_Union[TradingState, str]] = ..., policy: _Optional[_Union[KillPolicy, str]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ..., canceled: _Optional[int] = ...) -> None: ...

class Rearmed(_message.Message):
    __slots__ = ("kill_id", "request_id", "reason", "by")
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    kill_id: bytes
    request_id: str
    reason: str
    by: str
    def __init__(self, kill_id: _Optional[bytes] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class KillRequested(_message.Message):
    __slots__ = ("limit", "request_id", "reason", "by", "policy")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    limit: str
    request_id: str
    reason: str
    by: str
    policy: KillPolicy
    def __init__(self, limit: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ..., policy: _Optional[_Union[KillPolicy, str]] = ...) -> None: ...

class FlattenRequested(_message.Message):
    __slots__ = ("request_id", "reason", "by")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    by: str
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class ReductionRequested(_message.Message):
    __slots__ = ("symbol", "part", "request_id", "reason", "by")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    part: int
    request_id: str
    reason: str
    by: str
    def __init__(self, symbol: _Optional[str] = ..., part: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class CancelRequested(_message.Message):
    __slots__ = ("order_id", "symbol", "request_id", "reason", "by")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    request_id: str
    reason: str
    by: str
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class CancelAllRequested(_message.Message):
    __slots__ = ("symbol", "entries_only", "request_id", "reason", "by")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    entries_only: bool
    request_id: str
    reason: str
    by: str
    def __init__(self, symbol: _Optional[str] = ..., entries_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class SettingChange(_message.Message):
    __slots__ = ("path", "value")
    PATH_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    path: str
    value: str
    def __init__(self, path: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ConfigRevised(_message.Message):
    __slots__ = ("previous", "config", "changes", "settings", "request_id", "reason", "by")
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    previous: str
    config: str
    changes: _containers.RepeatedCompositeFieldContainer[SettingChange]
    settings: str
    request_id: str
    reason: str
    by: str
    def __init__(self, previous: _Optional[str] = ..., config: _Optional[str] = ..., changes: _Optional[_Iterable[_Union[SettingChange, _Mapping]]] = ..., settings: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class ScheduleHandled(_message.Message):
    __slots__ = ("entry", "due", "outcome", "detail")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    entry: str
    due: int
    outcome: ScheduleOutcome
    detail: str
    def __init__(self, entry: _Optional[str] = ..., due: _Optional[int] = ..., outcome: _Optional[_Union[ScheduleOutcome, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class ReplaceRequested(_message.Message):
    __slots__ = ("order_id", "symbol", "quantity", "price", "limit", "request_id", "reason", "by")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    symbol: str
    quantity: int
    price: int
    limit: int
    request_id: str
    reason: str
    by: str
    def __init__(self, order_id: _Optional[bytes] = ..., symbol: _Optional[str] = ..., quantity: _Optional[int] = ..., price: _Optional[int] = ..., limit: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class EngineBooted(_message.Message):
    __slots__ = ("boot", "version", "config", "resumed_at")
    BOOT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    RESUMED_AT_FIELD_NUMBER: _ClassVar[int]
    boot: int
    version: str
    config: str
    resumed_at: int
    def __init__(self, boot: _Optional[int] = ..., version: _Optional[str] = ..., config: _Optional[str] = ..., resumed_at: _Optional[int] = ...) -> None: ...

class ActorRestarted(_message.Message):
    __slots__ = ("actor", "epoch", "error")
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    actor: str
    epoch: int
    error: str
    def __init__(self, actor: _Optional[str] = ..., epoch: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class ActorIsolated(_message.Message):
    __slots__ = ("actor", "error")
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    actor: str
    error: str
    def __init__(self, actor: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class BackupWritten(_message.Message):
    __slots__ = ("path", "size", "error")
    PATH_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    path: str
    size: int
    error: str
    def __init__(self, path: _Optional[str] = ..., size: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class FileWritten(_message.Message):
    __slots__ = ("entry", "path", "size", "error")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    entry: str
    path: str
    size: int
    error: str
    def __init__(self, entry: _Optional[str] = ..., path: _Optional[str] = ..., size: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class MessageDropped(_message.Message):
    __slots__ = ("actor", "message", "error")
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    actor: str
    message: str
    error: str
    def __init__(self, actor: _Optional[str] = ..., message: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...
