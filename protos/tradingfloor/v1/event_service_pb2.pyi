from tradingfloor.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventFilter(_message.Message):
    __slots__ = ("kinds", "symbols")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[str]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kinds: _Optional[_Iterable[str]] = ..., symbols: _Optional[_Iterable[str]] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("filter", "after_sequence", "from_oldest", "from_latest", "journal_id", "heartbeat_interval_ns", "max_batch_events")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FROM_OLDEST_FIELD_NUMBER: _ClassVar[int]
    FROM_LATEST_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_NS_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_EVENTS_FIELD_NUMBER: _ClassVar[int]
    filter: EventFilter
    after_sequence: int
    from_oldest: bool
    from_latest: bool
    journal_id: str
    heartbeat_interval_ns: int
    max_batch_events: int
    def __init__(self, filter: _Optional[_Union[EventFilter, _Mapping]] = ..., after_sequence: _Optional[int] = ..., from_oldest: _Optional[bool] = ..., from_latest: _Optional[bool] = ..., journal_id: _Optional[str] = ..., heartbeat_interval_ns: _Optional[int] = ..., max_batch_events: _Optional[int] = ...) -> None: ...

class SubscribeResponse(_message.Message):
    __slots__ = ("started", "batch", "heartbeat", "caught_up", "fell_behind")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    FELL_BEHIND_FIELD_NUMBER: _ClassVar[int]
    started: SubscriptionStarted
    batch: EventBatch
    heartbeat: Heartbeat
    caught_up: CaughtUp
    fell_behind: FellBehind
    def __init__(self, started: _Optional[_Union[SubscriptionStarted, _Mapping]] = ..., batch: _Optional[_Union[EventBatch, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., caught_up: _Optional[_Union[CaughtUp, _Mapping]] = ..., fell_behind: _Optional[_Union[FellBehind, _Mapping]] = ...) -> None: ...

class SubscriptionStarted(_message.Message):
    __slots__ = ("journal_id", "first_sequence", "last_sequence", "heartbeat_interval_ns")
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_NS_FIELD_NUMBER: _ClassVar[int]
    journal_id: str
    first_sequence: int
    last_sequence: int
    heartbeat_interval_ns: int
    def __init__(self, journal_id: _Optional[str] = ..., first_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ..., heartbeat_interval_ns: _Optional[int] = ...) -> None: ...

class EventBatch(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("sequence", "server_time_ns")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    server_time_ns: int
    def __init__(self, sequence: _Optional[int] = ..., server_time_ns: _Optional[int] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ("sequence",)
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    def __init__(self, sequence: _Optional[int] = ...) -> None: ...

class FellBehind(_message.Message):
    __slots__ = ("sequence",)
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    def __init__(self, sequence: _Optional[int] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("sequence", "kind", "id", "cause", "ts_ns", "recorded_at_ns", "actor", "symbol", "timeframe", "signal_raised", "timeframe_reported", "signal_scored", "decision_made", "order_approved", "order_denied", "entries_locked", "entries_unlocked", "day_closed", "order_accepted", "order_rejected", "order_triggered", "order_filled", "order_canceled", "trade_closed", "position_snapshot", "account_compared", "trading_state_changed", "killed", "rearmed", "flatten_requested", "engine_booted", "actor_restarted", "actor_isolated", "message_dropped", "order_replaced", "order_request_refused", "cancel_requested", "replace_requested", "split_applied", "dividend_paid", "kill_requested", "reduction_requested", "cancel_all_requested", "config_revised", "schedule_handled", "backup_written", "file_written")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TS_NS_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_NS_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_RAISED_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_REPORTED_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_SCORED_FIELD_NUMBER: _ClassVar[int]
    DECISION_MADE_FIELD_NUMBER: _ClassVar[int]
    ORDER_APPROVED_FIELD_NUMBER: _ClassVar[int]
    ORDER_DENIED_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_LOCKED_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_UNLOCKED_FIELD_NUMBER: _ClassVar[int]
    DAY_CLOSED_FIELD_NUMBER: _ClassVar[int]
    ORDER_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    ORDER_REJECTED_FIELD_NUMBER: _ClassVar[int]
    ORDER_TRIGGERED_FIELD_NUMBER: _ClassVar[int]
    ORDER_FILLED_FIELD_NUMBER: _ClassVar[int]
    ORDER_CANCELED_FIELD_NUMBER: _ClassVar[int]
    TRADE_CLOSED_FIELD_NUMBER: _ClassVar[int]
    POSITION_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_COMPARED_FIELD_NUMBER: _ClassVar[int]
    TRADING_STATE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    KILLED_FIELD_NUMBER: _ClassVar[int]
    REARMED_FIELD_NUMBER: _ClassVar[int]
    FLATTEN_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    ENGINE_BOOTED_FIELD_NUMBER: _ClassVar[int]
    ACTOR_RESTARTED_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ISOLATED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_DROPPED_FIELD_NUMBER: _ClassVar[int]
    ORDER_REPLACED_FIELD_NUMBER: _ClassVar[int]
    ORDER_REQUEST_REFUSED_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    REPLACE_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    SPLIT_APPLIED_FIELD_NUMBER: _ClassVar[int]
    DIVIDEND_PAID_FIELD_NUMBER: _ClassVar[int]
    KILL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    REDUCTION_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ALL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CONFIG_REVISED_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_HANDLED_FIELD_NUMBER: _ClassVar[int]
    BACKUP_WRITTEN_FIELD_NUMBER: _ClassVar[int]
    FILE_WRITTEN_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    kind: str
    id: bytes
    cause: bytes
    ts_ns: int
    recorded_at_ns: int
    actor: str
    symbol: str
    timeframe: str
    signal_raised: _common_pb2.SignalRaised
    timeframe_reported: _common_pb2.TimeframeReported
    signal_scored: _common_pb2.SignalScored
    decision_made: _common_pb2.DecisionMade
    order_approved: _common_pb2.OrderApproved
    order_denied: _common_pb2.OrderDenied
    entries_locked: _common_pb2.EntriesLocked
    entries_unlocked: _common_pb2.EntriesUnlocked
    day_closed: _common_pb2.DayClosed
    order_accepted: _common_pb2.OrderAccepted
    order_rejected: _common_pb2.OrderRejected
    order_triggered: _common_pb2.OrderTriggered
    order_filled: _common_pb2.OrderFilled
    order_canceled: _common_pb2.OrderCanceled
    trade_closed: _common_pb2.TradeClosed
    position_snapshot: _common_pb2.PositionSnapshot
    account_compared: _common_pb2.AccountCompared
    trading_state_changed: _common_pb2.TradingStateChanged
    killed: _common_pb2.Killed
    rearmed: _common_pb2.Rearmed
    flatten_requested: _common_pb2.FlattenRequested
    engine_booted: _common_pb2.EngineBooted
    actor_restarted: _common_pb2.ActorRestarted
    actor_isolated: _common_pb2.ActorIsolated
    message_dropped: _common_pb2.MessageDropped
    order_replaced: _common_pb2.OrderReplaced
    order_request_refused: _common_pb2.OrderRequestRefused
    cancel_requested: _common_pb2.CancelRequested
    replace_requested: _common_pb2.ReplaceRequested
    split_applied: _common_pb2.SplitApplied
    dividend_paid: _common_pb2.DividendPaid
    kill_requested: _common_pb2.KillRequested
    reduction_requested: _common_pb2.ReductionRequested
    cancel_all_requested: _common_pb2.CancelAllRequested
    config_revised: _common_pb2.ConfigRevised
    schedule_handled: _common_pb2.ScheduleHandled
    backup_written: _common_pb2.BackupWritten
    file_written: _common_pb2.FileWritten
    def __init__(self, sequence: _Optional[int] = ..., kind: _Optional[str] = ..., id: _Optional[bytes] = ..., cause: _Optional[bytes] = ..., ts_ns: _Optional[int] = ..., recorded_at_ns: _Optional[int] = ..., actor: _Optional[str] = ..., symbol: _Optional[str] = ..., timeframe: _Optional[str] = ..., signal_raised: _Optional[_Union[_common_pb2.SignalRaised, _Mapping]] = ..., timeframe_reported: _Optional[_Union[_common_pb2.TimeframeReported, _Mapping]] = ..., signal_scored: _Optional[_Union[_common_pb2.SignalScored, _Mapping]] = ..., decision_made: _Optional[_Union[_common_pb2.DecisionMade, _Mapping]] = ..., order_approved: _Optional[_Union[_common_pb2.OrderApproved, _Mapping]] = ..., order_denied: _Optional[_Union[_common_pb2.OrderDenied, _Mapping]] = ..., entries_locked: _Optional[_Union[_common_pb2.EntriesLocked, _Mapping]] = ..., entries_unlocked: _Optional[_Union[_common_pb2.EntriesUnlocked, _Mapping]] = ..., day_closed: _Optional[_Union[_common_pb2.DayClosed, _Mapping]] = ..., order_accepted: _Optional[_Union[_common_pb2.OrderAccepted, _Mapping]] = ..., order_rejected: _Optional[_Union[_common_pb2.OrderRejected, _Mapping]] = ..., order_triggered: _Optional[_Union[_common_pb2.OrderTriggered, _Mapping]] = ..., order_filled: _Optional[_Union[_common_pb2.OrderFilled, _Mapping]] = ..., order_canceled: _Optional[_Union[_common_pb2.OrderCanceled, _Mapping]] = ..., trade_closed: _Optional[_Union[_common_pb2.TradeClosed, _Mapping]] = ..., position_snapshot: _Optional[_Union[_common_pb2.PositionSnapshot, _Mapping]] = ..., account_compared: _Optional[_Union[_common_pb2.AccountCompared, _Mapping]] = ..., trading_state_changed: _Optional[_Union[_common_pb2.TradingStateChanged, _Mapping]] = ..., killed: _Optional[_Union[_common_pb2.Killed, _Mapping]] = ..., rearmed: _Optional[_Union[_common_pb2.Rearmed, _Mapping]] = ..., flatten_requested: _Optional[_Union[_common_pb2.FlattenRequested, _Mapping]] = ..., engine_booted: _Optional[_Union[_common_pb2.EngineBooted, _Mapping]] = ..., actor_restarted: _Optional[_Union[_common_pb2.ActorRestarted, _Mapping]] = ..., actor_isolated: _Optional[_Union[_common_pb2.ActorIsolated, _Mapping]] = ..., message_dropped: _Optional[_Union[_common_pb2.MessageDropped, _Mapping]] = ..., order_replaced: _Optional[_Union[_common_pb2.OrderReplaced, _Mapping]] = ..., order_request_refused: _Optional[_Union[_common_pb2.OrderRequestRefused, _Mapping]] = ..., cancel_requested: _Optional[_Union[_common_pb2.CancelRequested, _Mapping]] = ..., replace_requested: _Optional[_Union[_common_pb2.ReplaceRequested, _Mapping]] = ..., split_applied: _Optional[_Union[_common_pb2.SplitApplied, _Mapping]] = ..., dividend_paid: _Optional[_Union[_common_pb2.DividendPaid, _Mapping]] = ..., kill_requested: _Optional[_Union[_common_pb2.KillRequested, _Mapping]] = ..., reduction_requested: _Optional[_Union[_common_pb2.ReductionRequested, _Mapping]] = ..., cancel_all_requested: _Optional[_Union[_common_pb2.CancelAllRequested, _Mapping]] = ..., config_revised: _Optional[_Union[_common_pb2.ConfigRevised, _Mapping]] = ..., schedule_handled: _Optional[_Union[_common_pb2.ScheduleHandled, _Mapping]] = ..., backup_written: _Optional[_Union[_common_pb2.BackupWritten, _Mapping]] = ..., file_written: _Optional[_Union[_common_pb2.FileWritten, _Mapping]] = ...) -> None: ...
