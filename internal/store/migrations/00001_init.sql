-- Portable on purpose: TEXT and BIGINT only, no generated keys, times as fixed-width UTC text. The same file and the
-- same queries serve SQLite and PostgreSQL.

-- +goose Up

-- The identity ledger: which of our ids belongs to which Namely profile, decided once and kept for ever.
CREATE TABLE identity (
    profile_id  TEXT NOT NULL PRIMARY KEY,
    employee_id TEXT NOT NULL UNIQUE,
    assigned_at TEXT NOT NULL
);

-- Which account of a vendor belongs to whom. A row is never changed.
CREATE TABLE account_link (
    employee_id TEXT NOT NULL,
    system      TEXT NOT NULL,
    account     TEXT NOT NULL,
    method      TEXT NOT NULL,
    linked_at   TEXT NOT NULL,
    PRIMARY KEY (employee_id, system),
    UNIQUE (system, account)
);

-- The directory as the last scan left it. Somebody a scan did not see stays, with the time since when.
CREATE TABLE person (
    profile_id    TEXT NOT NULL PRIMARY KEY,
    employee_id   TEXT NOT NULL UNIQUE,
    email_key     TEXT NOT NULL,
    record        TEXT NOT NULL,
    first_seen    TEXT NOT NULL,
    missing_since TEXT
);
CREATE INDEX person_email ON person (email_key);

-- One row a scan that counted: the first is the baseline.
CREATE TABLE scan (
    seq      BIGINT NOT NULL PRIMARY KEY,
    at       TEXT NOT NULL,
    profiles BIGINT NOT NULL,
    events   BIGINT NOT NULL
);

CREATE TABLE outbox (
    seq           BIGINT NOT NULL PRIMARY KEY,
    event_key     TEXT NOT NULL UNIQUE,
    event         TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    dispatched_at TEXT,
    note          TEXT
);
CREATE INDEX outbox_open ON outbox (seq) WHERE dispatched_at IS NULL;

CREATE TABLE pin (
    case_id    TEXT NOT NULL,
    serial     TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (case_id, serial)
);

-- record is the whole record in its exported form; the other columns only find it.
CREATE TABLE evidence (
    seq        BIGINT NOT NULL PRIMARY KEY,
    append_key TEXT NOT NULL UNIQUE,
    case_id    TEXT NOT NULL,
    run        TEXT NOT NULL,
    step       TEXT NOT NULL,
    record     TEXT NOT NULL
);
CREATE INDEX evidence_step ON evidence (case_id, run, step, seq);

-- +goose Down
DROP TABLE evidence;
DROP TABLE pin;
DROP TABLE outbox;
DROP TABLE scan;
DROP TABLE person;
DROP TABLE account_link;
DROP TABLE identity;
