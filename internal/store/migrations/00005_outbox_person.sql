-- +goose Up

-- What was heard of one person before: the guard asks for it.
CREATE INDEX outbox_person ON outbox (employee_id, seq);

-- +goose Down
DROP INDEX outbox_person;
