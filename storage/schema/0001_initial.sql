-- The first schema. Ids are 16-byte blobs, times int nanoseconds UTC, money and prices int nanos.
-- `events` is the truth; the tables under "Projected" can be rebuilt from it at any time.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- Journal -----------------------------------------------------------------------------------------

CREATE TABLE events (
    sequence    INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    ts          INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    cause       BLOB    NOT NULL,
    symbol      TEXT    NOT NULL,  -- empty = concerns no single symbol
    body        BLOB    NOT NULL   -- canonical msgpack of the whole event
) STRICT;
CREATE INDEX events_by_kind ON events (kind, sequence);

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- What each actor has handled; committed with the outputs it caused.
CREATE TABLE marks (
    actor   TEXT    PRIMARY KEY,
    epoch   INTEGER NOT NULL,
    tape    INTEGER NOT NULL,  -- tape index
    durable INTEGER NOT NULL,  -- sequence of the last durable event
    batched INTEGER NOT NULL,  -- sequence of the last batched event
    now     INTEGER NOT NULL   -- engine time of the last timer
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    request_id  TEXT    PRIMARY KEY,
    kind        TEXT    NOT NULL,
    ts          INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    "by"        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    outcome     TEXT    NOT NULL,
    result      BLOB
) STRICT;
CREATE INDEX commands_by_time ON commands (recorded_at);

CREATE TABLE dead_letters (
    id           INTEGER PRIMARY KEY,
    actor        TEXT    NOT NULL,
    recorded_at  INTEGER NOT NULL,
    message_kind TEXT    NOT NULL,
    body         BLOB    NOT NULL,
    error        TEXT    NOT NULL
) STRICT;

CREATE TABLE algorithm_configs (
    config      TEXT    PRIMARY KEY,  -- content hash
    algorithm   TEXT    NOT NULL,
    body        TEXT    NOT NULL,     -- JSON
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Market input ------------------------------------------------------------------------------------

CREATE TABLE tape (
    symbol      TEXT    NOT NULL,
    first_index INTEGER NOT NULL,
    last_index  INTEGER NOT NULL,
    first_ts    INTEGER NOT NULL,
    last_ts     INTEGER NOT NULL,
    body        BLOB    NOT NULL,  -- msgpack array of accepted updates
    PRIMARY KEY (symbol, first_index)
) STRICT;
CREATE INDEX tape_by_last_index ON tape (last_index);

CREATE TABLE bars (
    symbol      TEXT    NOT NULL,
    timeframe   TEXT    NOT NULL,
    bar_index   INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    "end"       INTEGER NOT NULL,
    open        INTEGER NOT NULL,
    high        INTEGER NOT NULL,
    low         INTEGER NOT NULL,
    close       INTEGER NOT NULL,
    volume      INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    is_full     INTEGER NOT NULL,
    session     INTEGER NOT NULL,
    gap_before  INTEGER NOT NULL,
    first_index INTEGER NOT NULL,
    last_index  INTEGER NOT NULL,
    history     INTEGER NOT NULL,
    PRIMARY KEY (symbol, timeframe, bar_index)
) STRICT, WITHOUT ROWID;

-- The newest price of each symbol: what risk and executor see again after a restart.
CREATE TABLE prices (
    symbol TEXT PRIMARY KEY,
    body   BLOB NOT NULL  -- msgpack of the PriceUpdated
) STRICT, WITHOUT ROWID;

-- Projected ---------------------------------------------------------------------------------------

CREATE TABLE auto_signals (
    sequence       INTEGER PRIMARY KEY,
    signal_id      BLOB    NOT NULL UNIQUE,
    ts             INTEGER NOT NULL,
    symbol         TEXT    NOT NULL,
    timeframe      TEXT    NOT NULL,
    detector       TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    family         TEXT    NOT NULL,
    direction      INTEGER NOT NULL,
    origin_bar     INTEGER NOT NULL,
    bar            INTEGER NOT NULL,
    entry          INTEGER NOT NULL,
    stop           INTEGER NOT NULL,
    target         INTEGER NOT NULL,
    top            INTEGER NOT NULL,
    bottom         INTEGER NOT NULL,
    strength       REAL    NOT NULL,
    volume_ratio   REAL    NOT NULL,
    first_index    INTEGER NOT NULL,
    last_index     INTEGER NOT NULL,
    config         TEXT    NOT NULL,
    -- 1: evidence only, never scored
    context        INTEGER NOT NULL,
    -- NULL until the signal is scored
    score_id       BLOB,
    score          REAL,
    outcome        TEXT,
    trading        REAL,
    evidence       REAL,
    opposition     REAL,
    bias           REAL,
    opposite_score REAL,
    weights        TEXT,  -- JSON [[class, weight], ...]
    families       TEXT   -- JSON [[timeframe, family, evidence], ...]
) STRICT;

CREATE TABLE auto_decisions (
    sequence    INTEGER PRIMARY KEY,
    decision_id BLOB    NOT NULL UNIQUE,
    ts          INTEGER NOT NULL,
    score_id    BLOB    NOT NULL,
    signal_id   BLOB    NOT NULL,
    symbol      TEXT    NOT NULL,
    timeframe   TEXT    NOT NULL,
    direction   INTEGER NOT NULL,
    score       REAL    NOT NULL,
    outcome     TEXT    NOT NULL,  -- APPROVED | SHADOW | DENIED
    reason      TEXT,
    gate_set    INTEGER NOT NULL,
    passed      INTEGER NOT NULL,  -- bit i = gate i passed
    gates       TEXT    NOT NULL,  -- JSON [{gate, passed, value, limit, distance}, ...]
    quantity    INTEGER NOT NULL,
    notional    INTEGER NOT NULL,
    config      TEXT    NOT NULL
) STRICT;
CREATE INDEX auto_decisions_by_time ON auto_decisions (symbol, ts);
CREATE INDEX auto_decisions_by_signal ON auto_decisions (signal_id);

CREATE TABLE orders (
    sequence         INTEGER PRIMARY KEY,  -- of the event that created it
    order_id         BLOB    NOT NULL UNIQUE,
    ts               INTEGER NOT NULL,
    symbol           TEXT    NOT NULL,
    role             TEXT    NOT NULL,
    side             TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    quantity         INTEGER NOT NULL,
    filled           INTEGER NOT NULL,
    price            INTEGER NOT NULL,  -- level of a stop or limit order; 0 = market
    filled_value     INTEGER NOT NULL,  -- sum of quantity x price over the fills
    fees             INTEGER NOT NULL,
    reserved         INTEGER NOT NULL,
    stop             INTEGER NOT NULL,
    target           INTEGER NOT NULL,
    active_ts        INTEGER NOT NULL,
    reduce_only      INTEGER NOT NULL,
    reason           TEXT,
    parent_id        BLOB    NOT NULL,
    decision_id      BLOB    NOT NULL,
    signal_id        BLOB    NOT NULL,
    kill_id          BLOB    NOT NULL,
    order_type       TEXT    NOT NULL,
    time_in_force    TEXT    NOT NULL,
    limit_price      INTEGER NOT NULL,  -- of a stop-limit
    trail            INTEGER NOT NULL,  -- distance of a trailing stop
    expires_ts       INTEGER NOT NULL,  -- of a DAY order; 0 = never
    updated_ts       INTEGER NOT NULL,
    updated_sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_working ON orders (sequence)
    WHERE status IN ('APPROVED', 'WORKING', 'TRIGGERED', 'PARTIALLY_FILLED');
CREATE INDEX orders_by_decision ON orders (decision_id);
CREATE INDEX orders_by_parent ON orders (parent_id);

CREATE TABLE fills (
    sequence    INTEGER PRIMARY KEY,
    fill_id     BLOB    NOT NULL UNIQUE,
    ts          INTEGER NOT NULL,
    order_id    BLOB    NOT NULL,
    symbol      TEXT    NOT NULL,
    role        TEXT    NOT NULL,
    side        TEXT    NOT NULL,
    quantity    INTEGER NOT NULL,
    price       INTEGER NOT NULL,
    fee         INTEGER NOT NULL,
    realised    INTEGER NOT NULL,
    done        INTEGER NOT NULL,
    range_low   INTEGER NOT NULL,
    range_high  INTEGER NOT NULL,
    raw_price   INTEGER NOT NULL,
    model       TEXT    NOT NULL,
    first_index INTEGER NOT NULL,
    last_index  INTEGER NOT NULL,
    kill_id     BLOB    NOT NULL
) STRICT;
CREATE INDEX fills_by_order ON fills (order_id);

-- One row per symbol ever traded; quantity 0 = flat.
CREATE TABLE positions (
    symbol           TEXT    PRIMARY KEY,
    quantity         INTEGER NOT NULL,  -- signed
    cost             INTEGER NOT NULL,  -- signed
    realised         INTEGER NOT NULL,  -- since the first fill, before fees
    fees             INTEGER NOT NULL,  -- since the first fill
    opened_ts        INTEGER NOT NULL,  -- of the open position; 0 = flat
    updated_ts       INTEGER NOT NULL,
    updated_sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trades (
    sequence    INTEGER PRIMARY KEY,
    trade_id    BLOB    NOT NULL UNIQUE,
    ts          INTEGER NOT NULL,
    symbol      TEXT    NOT NULL,
    direction   INTEGER NOT NULL,
    quantity    INTEGER NOT NULL,
    entry_ts    INTEGER NOT NULL,
    entry_price INTEGER NOT NULL,
    exit_price  INTEGER NOT NULL,
    realised    INTEGER NOT NULL,
    fees        INTEGER NOT NULL,
    net         INTEGER NOT NULL,
    entry_order BLOB    NOT NULL,
    exit_role   TEXT    NOT NULL,
    signal_id   BLOB    NOT NULL
) STRICT;
CREATE INDEX trades_by_entry ON trades (entry_order);

CREATE TABLE locks (
    lock     TEXT    NOT NULL,
    symbol   TEXT    NOT NULL,  -- empty = all symbols
    active   INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,  -- 0 = until it is unlocked
    ended    INTEGER NOT NULL,  -- 0 = not unlocked
    sequence INTEGER NOT NULL,
    PRIMARY KEY (lock, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE position_snapshots (
    session    INTEGER NOT NULL,
    symbol     TEXT    NOT NULL,
    ts         INTEGER NOT NULL,
    quantity   INTEGER NOT NULL,
    cost       INTEGER NOT NULL,
    price      INTEGER NOT NULL,
    unrealised INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    PRIMARY KEY (session, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_performance (
    session      INTEGER PRIMARY KEY,
    ts           INTEGER NOT NULL,
    trades       INTEGER NOT NULL,
    wins         INTEGER NOT NULL,
    losses       INTEGER NOT NULL,
    realised     INTEGER NOT NULL,
    fees         INTEGER NOT NULL,
    equity_open  INTEGER NOT NULL,
    equity_close INTEGER NOT NULL,
    max_drawdown INTEGER NOT NULL,
    sequence     INTEGER NOT NULL
) STRICT;

-- One row; none = STOPPED, nothing happened yet.
CREATE TABLE auto_trade_state (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    state      TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    kill_id    BLOB    NOT NULL,  -- empty unless KILLED
    policy     TEXT    NOT NULL,  -- empty unless KILLED
    request_id TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    "by"       TEXT    NOT NULL,
    sequence   INTEGER NOT NULL
) STRICT;

-- Written beside the journal ----------------------------------------------------------------------

CREATE TABLE backtest_runs (
    run_id       TEXT    PRIMARY KEY,
    recorded_at  INTEGER NOT NULL,
    label        TEXT    NOT NULL,
    algorithm    TEXT    NOT NULL,
    config       TEXT    NOT NULL,
    tape         TEXT    NOT NULL,
    seed         INTEGER NOT NULL,
    first_ts     INTEGER NOT NULL,
    last_ts      INTEGER NOT NULL,
    trades       INTEGER NOT NULL,
    net          INTEGER NOT NULL,
    max_drawdown INTEGER NOT NULL,
    journal_hash TEXT    NOT NULL,
    metrics      TEXT    NOT NULL  -- JSON
) STRICT;

CREATE TABLE alerts (
    id          INTEGER PRIMARY KEY,
    sequence    INTEGER NOT NULL,  -- of the event it is about; 0 = none
    ts          INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    severity    TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    sent_at     INTEGER NOT NULL   -- 0 = not yet delivered to a sink
) STRICT;
