-- The mass guard: events that are held until two people decide, and what is remembered of the watch itself.

-- +goose Up

-- waiting: to be dispatched. held: must not be. done, unused (no process acts on it yet), superseded, corrected (HR
-- took it back), rejected, expired: over, with the time in dispatched_at.
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting';
ALTER TABLE outbox ADD COLUMN employee_id TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
-- The batch that held it, or the raise that let it through: either way people have looked.
ALTER TABLE outbox ADD COLUMN batch TEXT;
UPDATE outbox SET state = 'done' WHERE dispatched_at IS NOT NULL;
DROP INDEX outbox_open;
CREATE INDEX outbox_waiting ON outbox (seq) WHERE state = 'waiting';
CREATE INDEX outbox_held ON outbox (batch, employee_id) WHERE state = 'held';
CREATE INDEX outbox_created ON outbox (created_at);

-- body is the whole batch or raise; the other columns find it.
CREATE TABLE batch (
    seq   BIGINT NOT NULL PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    body  TEXT NOT NULL
);
CREATE INDEX batch_held ON batch (seq) WHERE state = 'held';

CREATE TABLE raise (
    seq   BIGINT NOT NULL PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    body  TEXT NOT NULL
);

-- How the last poll ended, what the last good reading was like, and what of a bad one somebody believes.
CREATE TABLE watch (
    name TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

-- Announcements that were made: each is made once.
CREATE TABLE told (
    announcement TEXT NOT NULL PRIMARY KEY,
    at           TEXT NOT NULL
);

-- +goose Down
DROP TABLE told;
DROP TABLE watch;
DROP TABLE raise;
DROP TABLE batch;
DROP INDEX outbox_created;
DROP INDEX outbox_held;
DROP INDEX outbox_waiting;
ALTER TABLE outbox DROP COLUMN batch;
ALTER TABLE outbox DROP COLUMN traits;
ALTER TABLE outbox DROP COLUMN employee_id;
ALTER TABLE outbox DROP COLUMN state;
CREATE INDEX outbox_open ON outbox (seq) WHERE dispatched_at IS NULL;
