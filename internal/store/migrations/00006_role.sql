-- Joining, moving and leave of absence: what keeps somebody out, which HR records are one person's, what a role gave.

-- +goose Up

-- A case that ended somebody's access. While there is a row of theirs nothing gives it back.
CREATE TABLE fence (
    employee_id TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    run         TEXT NOT NULL,
    actor       TEXT NOT NULL,
    raised_at   TEXT NOT NULL,
    PRIMARY KEY (employee_id, case_id, run)
);

-- HR records that belong to somebody who has another one. main is never a record of this table itself: one step leads
-- from every record to its person.
CREATE TABLE joined (
    record    TEXT NOT NULL PRIMARY KEY,
    main      TEXT NOT NULL,
    decided   TEXT NOT NULL,
    reason    TEXT NOT NULL,
    joined_at TEXT NOT NULL
);
CREATE INDEX joined_main ON joined (main);

-- Records that are two people's for sure, the lesser id first.
CREATE TABLE apart (
    one      TEXT NOT NULL,
    other    TEXT NOT NULL,
    decided  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    apart_at TEXT NOT NULL,
    PRIMARY KEY (one, other)
);

-- What a role gave, once something was given; until then the HR record as it was before its first change.
CREATE TABLE role_given (
    employee_id   TEXT NOT NULL PRIMARY KEY,
    given         TEXT,
    record_before TEXT
);

-- What people are looked for by, all from the record but HR's own number. NULL: not written yet; the next scan does.
ALTER TABLE person ADD COLUMN number TEXT;
ALTER TABLE person ADD COLUMN status TEXT;
ALTER TABLE person ADD COLUMN manager_id TEXT;
ALTER TABLE person ADD COLUMN personal_key TEXT;
CREATE INDEX person_number ON person (number);
CREATE INDEX person_manager ON person (manager_id);
CREATE INDEX person_personal ON person (personal_key);

-- +goose Down
DROP INDEX person_personal;
DROP INDEX person_manager;
DROP INDEX person_number;
ALTER TABLE person DROP COLUMN personal_key;
ALTER TABLE person DROP COLUMN manager_id;
ALTER TABLE person DROP COLUMN status;
ALTER TABLE person DROP COLUMN number;
DROP TABLE role_given;
DROP TABLE apart;
DROP TABLE joined;
DROP TABLE fence;
