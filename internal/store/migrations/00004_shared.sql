-- +goose Up

-- Which case follows a parcel: the carrier's news names the tracker alone.
CREATE TABLE tracker_case (
    tracker       TEXT NOT NULL PRIMARY KEY,
    tracking_code TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    remembered_at TEXT NOT NULL
);

-- What one worker read at a vendor for all of them, encrypted, and who may read it anew just now.
CREATE TABLE shared_read (
    name          TEXT NOT NULL PRIMARY KEY,
    key_id        TEXT NOT NULL,
    sealed        TEXT NOT NULL,
    read_at       TEXT NOT NULL,
    claimed_by    TEXT NOT NULL,
    claimed_until TEXT NOT NULL
);

-- How many calls of one kind were made in each hour, by all processes together.
CREATE TABLE spent (
    name  TEXT NOT NULL,
    hour  TEXT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (name, hour)
);

-- +goose Down
DROP TABLE spent;
DROP TABLE shared_read;
DROP TABLE tracker_case;
