-- +goose Up

-- What came through a front door and Temporal has not taken yet. The ask is emptied once it was handed over; its key
-- stays for a while, so that a redelivery is known. What cannot be handed over is put aside and keeps its ask.
CREATE TABLE inbox (
    seq          BIGINT NOT NULL PRIMARY KEY,
    ask_key      TEXT NOT NULL UNIQUE,
    ask          TEXT NOT NULL,
    urgent       BIGINT NOT NULL,
    received_at  TEXT NOT NULL,
    delivered_at TEXT
);
CREATE INDEX inbox_open ON inbox (urgent, seq) WHERE delivered_at IS NULL;
CREATE INDEX inbox_delivered ON inbox (delivered_at);

-- +goose Down
DROP TABLE inbox;
