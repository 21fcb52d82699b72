from tradingfloor.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommandOptions(_message.Message):
    __slots__ = ("request_id", "reason", "by")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    by: str
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("state", "sequence", "already_applied", "kill_id", "kill_ts", "detail")
    STATE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ALREADY_APPLIED_FIELD_NUMBER: _ClassVar[int]
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    KILL_TS_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    state: _common_pb2.TradingState
    sequence: int
    already_applied: bool
    kill_id: str
    kill_ts: int
    detail: str
    def __init__(self, state: _Optional[_Union[_common_pb2.TradingState, str]] = ..., sequence: _Optional[int] = ..., already_applied: _Optional[bool] = ..., kill_id: _Optional[str] = ..., kill_ts: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...

class StartRequest(_message.Message):
    __slots__ = ("options",)
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ...) -> None: ...

class StartResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class StopRequest(_message.Message):
    __slots__ = ("options", "flatten")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    FLATTEN_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    flatten: bool
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., flatten: _Optional[bool] = ...) -> None: ...

class StopResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class PauseRequest(_message.Message):
    __slots__ = ("options",)
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ...) -> None: ...

class PauseResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ("options",)
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ...) -> None: ...

class ResumeResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class KillRequest(_message.Message):
    __slots__ = ("options", "policy")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    policy: _common_pb2.KillPolicy
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., policy: _Optional[_Union[_common_pb2.KillPolicy, str]] = ...) -> None: ...

class KillResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class RearmRequest(_message.Message):
    __slots__ = ("options", "kill_id")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    kill_id: str
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., kill_id: _Optional[str] = ...) -> None: ...

class RearmResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class FlattenRequest(_message.Message):
    __slots__ = ("options",)
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ...) -> None: ...

class FlattenResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class ReduceRequest(_message.Message):
    __slots__ = ("options", "symbol", "part")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    symbol: str
    part: int
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., symbol: _Optional[str] = ..., part: _Optional[int] = ...) -> None: ...

class ReduceResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class CancelAllRequest(_message.Message):
    __slots__ = ("options", "symbol", "entries_only")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_ONLY_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    symbol: str
    entries_only: bool
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., symbol: _Optional[str] = ..., entries_only: _Optional[bool] = ...) -> None: ...

class CancelAllResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class CancelOrderRequest(_message.Message):
    __slots__ = ("options", "order_id", "symbol")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    order_id: str
    symbol: str
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., order_id: _Optional[str] = ..., symbol: _Optional[str] = ...) -> None: ...

class CancelOrderResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class ReplaceOrderRequest(_message.Message):
    __slots__ = ("options", "order_id", "symbol", "quantity", "price", "limit")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    order_id: str
    symbol: str
    quantity: int
    price: int
    limit: int
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., order_id: _Optional[str] = ..., symbol: _Optional[str] = ..., quantity: _Optional[int] = ..., price: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class ReplaceOrderResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class ReviseConfigRequest(_message.Message):
    __slots__ = ("options", "changes")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    options: CommandOptions
    changes: _containers.RepeatedCompositeFieldContainer[_common_pb2.SettingChange]
    def __init__(self, options: _Optional[_Union[CommandOptions, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[_common_pb2.SettingChange, _Mapping]]] = ...) -> None: ...

class ReviseConfigResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: CommandResult
    def __init__(self, result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: EngineStatus
    def __init__(self, status: _Optional[_Union[EngineStatus, _Mapping]] = ...) -> None: ...

class EngineStatus(_message.Message):
    __slots__ = ("state", "state_reason", "journal_id", "kill_id", "pending", "engine_ts", "last_sequence", "tape_index", "tape", "tape_finished", "market_open", "session", "config", "store", "mode", "bars", "signals", "decisions", "orders", "fills", "trades", "trades_today", "equity", "cash", "realised", "fees", "positions", "limits", "locks", "refusals", "dropped_listeners", "duplicates", "actors", "prices", "quotes", "unrealised", "exposure", "net_exposure", "buying_power", "mark", "missed")
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    ENGINE_TS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TAPE_INDEX_FIELD_NUMBER: _ClassVar[int]
    TAPE_FIELD_NUMBER: _ClassVar[int]
    TAPE_FINISHED_FIELD_NUMBER: _ClassVar[int]
    MARKET_OPEN_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    TRADES_TODAY_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LOCKS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_LISTENERS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    ACTORS_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    NET_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    BUYING_POWER_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    state: _common_pb2.TradingState
    state_reason: str
    journal_id: str
    kill_id: str
    pending: _containers.RepeatedScalarFieldContainer[str]
    engine_ts: int
    last_sequence: int
    tape_index: int
    tape: str
    tape_finished: bool
    market_open: bool
    session: str
    config: str
    store: str
    mode: str
    bars: int
    signals: int
    decisions: int
    orders: int
    fills: int
    trades: int
    trades_today: int
    equity: int
    cash: int
    realised: int
    fees: int
    positions: _containers.RepeatedCompositeFieldContainer[PositionStatus]
    limits: _containers.RepeatedCompositeFieldContainer[LimitUse]
    locks: _containers.RepeatedScalarFieldContainer[str]
    refusals: _containers.RepeatedCompositeFieldContainer[RefusalCount]
    dropped_listeners: int
    duplicates: int
    actors: _containers.RepeatedCompositeFieldContainer[ActorHealth]
    prices: _containers.RepeatedCompositeFieldContainer[LastPrice]
    quotes: _containers.RepeatedCompositeFieldContainer[QuotesStatus]
    unrealised: int
    exposure: int
    net_exposure: int
    buying_power: int
    mark: str
    missed: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, state: _Optional[_Union[_common_pb2.TradingState, str]] = ..., state_reason: _Optional[str] = ..., journal_id: _Optional[str] = ..., kill_id: _Optional[str] = ..., pending: _Optional[_Iterable[str]] = ..., engine_ts: _Optional[int] = ..., last_sequence: _Optional[int] = ..., tape_index: _Optional[int] = ..., tape: _Optional[str] = ..., tape_finished: _Optional[bool] = ..., market_open: _Optional[bool] = ..., session: _Optional[str] = ..., config: _Optional[str] = ..., store: _Optional[str] = ..., mode: _Optional[str] = ..., bars: _Optional[int] = ..., signals: _Optional[int] = ..., decisions: _Optional[int] = ..., orders: _Optional[int] = ..., fills: _Optional[int] = ..., trades: _Optional[int] = ..., trades_today: _Optional[int] = ..., equity: _Optional[int] = ..., cash: _Optional[int] = ..., realised: _Optional[int] = ..., fees: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[PositionStatus, _Mapping]]] = ..., limits: _Optional[_Iterable[_Union[LimitUse, _Mapping]]] = ..., locks: _Optional[_Iterable[str]] = ..., refusals: _Optional[_Iterable[_Union[RefusalCount, _Mapping]]] = ..., dropped_listeners: _Optional[int] = ..., duplicates: _Optional[int] = ..., actors: _Optional[_Iterable[_Union[ActorHealth, _Mapping]]] = ..., prices: _Optional[_Iterable[_Union[LastPrice, _Mapping]]] = ..., quotes: _Optional[_Iterable[_Union[QuotesStatus, _Mapping]]] = ..., unrealised: _Optional[int] = ..., exposure: _Optional[int] = ..., net_exposure: _Optional[int] = ..., buying_power: _Optional[int] = ..., mark: _Optional[str] = ..., missed: _Optional[_Iterable[str]] = ...) -> None: ...

class ActorHealth(_message.Message):
    __slots__ = ("name", "alive", "state", "epoch", "restarts", "depth", "merged", "handled", "busy_ns", "warmth", "error")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIVE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    MERGED_FIELD_NUMBER: _ClassVar[int]
    HANDLED_FIELD_NUMBER: _ClassVar[int]
    BUSY_NS_FIELD_NUMBER: _ClassVar[int]
    WARMTH_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    name: str
    alive: bool
    state: str
    epoch: int
    restarts: int
    depth: int
    merged: int
    handled: int
    busy_ns: int
    warmth: str
    error: str
    def __init__(self, name: _Optional[str] = ..., alive: _Optional[bool] = ..., state: _Optional[str] = ..., epoch: _Optional[int] = ..., restarts: _Optional[int] = ..., depth: _Optional[int] = ..., merged: _Optional[int] = ..., handled: _Optional[int] = ..., busy_ns: _Optional[int] = ..., warmth: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class PositionStatus(_message.Message):
    __slots__ = ("symbol", "quantity", "cost", "last", "unrealised", "unit")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    quantity: int
    cost: int
    last: int
    unrealised: int
    unit: str
    def __init__(self, symbol: _Optional[str] = ..., quantity: _Optional[int] = ..., cost: _Optional[int] = ..., last: _Optional[int] = ..., unrealised: _Optional[int] = ..., unit: _Optional[str] = ...) -> None: ...

class LimitUse(_message.Message):
    __slots__ = ("limit", "used", "allowed", "counts", "on_breach")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    ON_BREACH_FIELD_NUMBER: _ClassVar[int]
    limit: str
    used: str
    allowed: str
    counts: str
    on_breach: str
    def __init__(self, limit: _Optional[str] = ..., used: _Optional[str] = ..., allowed: _Optional[str] = ..., counts: _Optional[str] = ..., on_breach: _Optional[str] = ...) -> None: ...

class RefusalCount(_message.Message):
    __slots__ = ("symbol", "reason", "count")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    reason: str
    count: int
    def __init__(self, symbol: _Optional[str] = ..., reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class QuotesStatus(_message.Message):
    __slots__ = ("symbol", "received", "accepted", "contracts", "two_sided", "refused")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    TWO_SIDED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    received: int
    accepted: int
    contracts: int
    two_sided: int
    refused: _containers.RepeatedCompositeFieldContainer[ReasonCount]
    def __init__(self, symbol: _Optional[str] = ..., received: _Optional[int] = ..., accepted: _Optional[int] = ..., contracts: _Optional[int] = ..., two_sided: _Optional[int] = ..., refused: _Optional[_Iterable[_Union[ReasonCount, _Mapping]]] = ...) -> None: ...

class ReasonCount(_message.Message):
    __slots__ = ("reason", "count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    count: int
    def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class LastPrice(_message.Message):
    __slots__ = ("symbol", "price", "ts")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    price: int
    ts: int
    def __init__(self, symbol: _Optional[str] = ..., price: _Optional[int] = ..., ts: _Optional[int] = ...) -> None: ...
