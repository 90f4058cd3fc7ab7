-- What the sandbox remembers. Instants are RFC 3339 texts of one width, amounts fen.

CREATE TABLE IF NOT EXISTS orders (
    merchant          TEXT NOT NULL,
    out_trade_no      TEXT NOT NULL,
    platform_trade_no TEXT NOT NULL UNIQUE,
    state             TEXT NOT NULL CHECK (state IN ('NOTPAY', 'USERPAYING', 'SUCCESS', 'CLOSED', 'REFUND')),
    amount_fen        INTEGER NOT NULL CHECK (amount_fen > 0),
    refunded_fen      INTEGER NOT NULL DEFAULT 0 CHECK (refunded_fen BETWEEN 0 AND amount_fen),
    subject           TEXT NOT NULL,
    notify_url        TEXT NOT NULL,
    create_time       TEXT NOT NULL,
    expire_time       TEXT NOT NULL,
    paid_time         TEXT,
    close_time        TEXT,
    PRIMARY KEY (merchant, out_trade_no)
) STRICT;
CREATE INDEX IF NOT EXISTS orders_by_number ON orders (out_trade_no);
CREATE INDEX IF NOT EXISTS orders_by_payment ON orders (merchant, paid_time) WHERE paid_time IS NOT NULL;

CREATE TABLE IF NOT EXISTS refunds (
    merchant           TEXT NOT NULL,
    out_refund_no      TEXT NOT NULL,
    out_trade_no       TEXT NOT NULL,
    platform_trade_no  TEXT NOT NULL,
    platform_refund_no TEXT NOT NULL UNIQUE,
    amount_fen         INTEGER NOT NULL CHECK (amount_fen > 0),
    refund_time        TEXT NOT NULL,
    PRIMARY KEY (merchant, out_refund_no),
    FOREIGN KEY (merchant, out_trade_no) REFERENCES orders (merchant, out_trade_no)
) STRICT;
CREATE INDEX IF NOT EXISTS refunds_by_time ON refunds (merchant, refund_time);

-- Notifications still to be acknowledged, and those that have been; one with a decoy sends it first, once.
CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id       TEXT PRIMARY KEY,
    event_id          TEXT NOT NULL,
    platform_trade_no TEXT NOT NULL,
    url               TEXT NOT NULL,
    body              BLOB NOT NULL,
    decoy             TEXT CHECK (decoy IN ('FORGED', 'WRONG_AMOUNT')),
    create_time       TEXT NOT NULL,
    next_time         TEXT,
    attempts          INTEGER NOT NULL DEFAULT 0,
    last_status       INTEGER,
    acknowledge_time  TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_time) WHERE next_time IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_of_order ON deliveries (platform_trade_no);

-- A person of the police register; of the portrait only what is compared is kept.
CREATE TABLE IF NOT EXISTS persons (
    document_number TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    likeness        BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS messages (
    sequence    INTEGER PRIMARY KEY,
    message_id  TEXT NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('SMS', 'EMAIL')),
    recipient   TEXT NOT NULL,
    template    TEXT NOT NULL,
    params      TEXT NOT NULL,
    text        TEXT NOT NULL,
    create_time TEXT NOT NULL,
    show_time   TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient, sequence);
CREATE INDEX IF NOT EXISTS messages_by_id ON messages (message_id);

CREATE TABLE IF NOT EXISTS receipts (
    number         INTEGER PRIMARY KEY,
    order_id       TEXT NOT NULL UNIQUE,
    content        TEXT NOT NULL,
    promised_time  TEXT NOT NULL,
    available_time TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS faults (
    scope   TEXT NOT NULL,
    target  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    seconds REAL NOT NULL,
    times   INTEGER,
    PRIMARY KEY (scope, target)
) STRICT;
