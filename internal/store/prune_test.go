package store

import (
	"fmt"
	"testing"
	"time"

	"tenure/internal/employee"
)

func (w *watched) rows(table string) int {
	w.t.Helper()
	var n int
	if err := w.db.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// What ended over a year ago goes; what is held or waits, and by which the guard knows whose day is waited for, stays.
func TestPrune(t *testing.T) {
	w := watch(t, 200)
	old := w.now
	next := employee.Date{Year: 2028, Month: time.March, Day: 1}
	w.Store.now = func() time.Time { return w.now }
	w.edit(0, 1, on(friday))
	w.scan()
	w.edit(0, 1, on(next)) // the date of E0 is waited for still
	w.scan()
	w.edit(1, 2, func(e *employee.Employee) { e.Title = "Analyst" })
	w.scan()
	w.handled()
	w.now = w.now.Add(2 * time.Hour)
	w.edit(10, 40, inactive) // held for ever, for nobody looks
	w.scan()
	if err := w.Tell(t.Context(), []string{"batch/B1/held", "watch/baseline"}, w.now); err != nil {
		t.Fatal(err)
	}
	w.now = old.Add(2 * 365 * 24 * time.Hour)
	w.edit(2, 3, func(e *employee.Employee) { e.Title = "Analyst" })
	w.scan()
	for range 2 {
		if err := w.Prune(t.Context(), w.now); err != nil {
			t.Fatal(err)
		}
	}
	w.wants(map[string]int{waiting: 1, held: 30, done: 1})
	if scans, told := w.rows("scan"), w.rows("told"); scans != 1 || told != 1 {
		t.Errorf("%d scans, %d announcements", scans, told)
	}
	w.edit(0, 1, on(employee.Date{Year: 2028, Month: time.April, Day: 1}))
	if w.scan(); !w.traitsOf("E0").Scheduled {
		t.Error("nobody knows any more that a case waits for E0")
	}
}

// traitsOf is what the guard was told of the last event of a person.
func (w *watched) traitsOf(id employee.ID) employee.Traits {
	w.t.Helper()
	all, err := outbox(w.t.Context(), w.db, `WHERE employee_id = $1 ORDER BY seq DESC LIMIT 1`, string(id))
	if err != nil || len(all) != 1 {
		w.t.Fatal(fmt.Sprint(all, err))
	}
	return all[0].traits
}
