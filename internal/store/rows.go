package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
)

// keysAtOnce is how many keys one statement names. It takes 32,766 values in SQLite and 65,535 in PostgreSQL, but what
// SQLite's driver does with them grows with their square.
const keysAtOnce = 200

// insertAll inserts rows, as many at once as this database takes well: into is the statement up to VALUES, then what
// follows the rows.
func (c scan) insertAll(ctx context.Context, rows [][]any, into, then string) error {
	for part := range slices.Chunk(rows, c.store.dialect.rowsAtOnce) {
		var places []string
		var values []any
		for _, row := range part {
			places = append(places, placeholders(len(values)+1, len(row)))
			values = append(values, row...)
		}
		if _, err := c.tx.ExecContext(ctx, into+" "+strings.Join(places, ", ")+" "+then, values...); err != nil {
			return err
		}
	}
	return nil
}

// updateAll runs an update that ends in IN over all these keys. Values are those of its own placeholders, from $1.
func updateAll[K int64 | string](ctx context.Context, tx *sql.Tx, keys []K, update string, values ...any) error {
	for part := range slices.Chunk(keys, keysAtOnce) {
		all := slices.Clone(values)
		for _, k := range part {
			all = append(all, k)
		}
		if _, err := tx.ExecContext(ctx, update+" "+placeholders(len(values)+1, len(part)), all...); err != nil {
			return err
		}
	}
	return nil
}

// placeholders is n of them from a number on: "($3, $4, $5)".
func placeholders(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(first+i)
	}
	return "(" + strings.Join(list, ", ") + ")"
}
