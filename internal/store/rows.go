package store

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// keysAtOnce is how many keys one statement names. It takes 32,766 values in SQLite and 65,535 in PostgreSQL, but what
// SQLite's driver does with them grows with their square.
const keysAtOnce = 200

// inserts cuts rows that are to be inserted into as many as one statement takes: it yields what stands behind VALUES,
// "($1, $2), ($3, $4)", and the values themselves.
func (c scan) inserts(rows [][]any) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		for part := range slices.Chunk(rows, c.store.dialect.rowsAtOnce) {
			var places []string
			var values []any
			for _, row := range part {
				places = append(places, placeholders(len(values)+1, len(row)))
				values = append(values, row...)
			}
			if !yield(strings.Join(places, ", "), values) {
				return
			}
		}
	}
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
