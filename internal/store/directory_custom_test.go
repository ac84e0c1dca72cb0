package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenure/internal/employee"
)

func detail(name string, values ...string) func(*employee.Employee) {
	return func(e *employee.Employee) {
		if e.Custom == nil {
			e.Custom = employee.Custom{}
		}
		e.Custom[name] = values
	}
}

// reading is a scan of three people with further fields, read where sources says; lost leaves them blank.
func reading(sources map[string]string, change ...func(*employee.Employee)) employee.Scan {
	scan := employee.Scan{At: day, Sources: sources, Filled: map[string]int{"email": 3}}
	for _, n := range []string{"1", "2", "3"} {
		scan.People = append(scan.People, worker("p"+n, "E"+n, change...))
	}
	for name, source := range sources {
		scan.Filled[source] = 0
		for _, e := range scan.People {
			if len(e.Custom[name]) > 0 {
				scan.Filled[source]++
			}
		}
	}
	return scan
}

// A policy that reads further fields, other ones, or none any more is no change of anybody's record.
func TestApply_ThePolicyReadsOtherFields_IsNobodysChange(t *testing.T) {
	level := map[string]string{"level": "the field level"}
	moved := map[string]string{"level": "the field job_level"}
	both := map[string]string{"level": "the field level", "center": "the field cost_center"}
	for _, c := range []struct {
		name        string
		before, now employee.Scan
		want        []string // fields of the first event, if there is any
	}{
		{"a field is read for the first time", reading(nil), reading(level, detail("level", "L4")), nil},
		{"the same field changed", reading(level, detail("level", "L4")), reading(level, detail("level", "L5")), []string{"custom.level"}},
		{"a second field", reading(level, detail("level", "L4")), reading(both, detail("level", "L4"), detail("center", "100")), nil},
		{"a second field, and the first changed", reading(level, detail("level", "L4")), reading(both, detail("level", "L5"), detail("center", "100")), []string{"custom.level"}},
		{"it is read elsewhere", reading(level, detail("level", "L4")), reading(moved, detail("level", "4")), nil},
		{"it is read elsewhere and the department changed", reading(level, detail("level", "L4")),
			reading(moved, detail("level", "4"), func(e *employee.Employee) { e.Department = "Sales" }), []string{"department"}},
		{"it is not read any more", reading(level, detail("level", "L4")), reading(nil), nil},
		{"it is blank for everybody", reading(level, detail("level", "L4")), reading(level), []string{"custom.level"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fresh(t)
			for _, scan := range []employee.Scan{c.before, c.now, c.now} {
				if _, err := s.Directory(trust{}).Apply(t.Context(), scan); err != nil {
					t.Fatal(err)
				}
			}
			got := events(t, s)
			if c.want == nil && len(got) > 0 || c.want != nil && len(got) != 3 {
				t.Fatalf("events %+v", got)
			}
			if c.want != nil && !slices.Equal(got[0].Event.Fields, c.want) {
				t.Errorf("the event is about %v, want %v", got[0].Event.Fields, c.want)
			}
			if p, err := s.Person(t.Context(), "E1"); err != nil || fmt.Sprint(p.Custom) != fmt.Sprint(c.now.People[0].Custom) {
				t.Errorf("kept %v, %v", p.Custom, err)
			}
		})
	}
}

// A further field that was hidden or renamed is schema drift, like any other; one that the policy forgot is not.
func TestApply_AFurtherFieldIsLost_IsNotBelieved(t *testing.T) {
	level := map[string]string{"level": "the field level"}
	for _, c := range []struct {
		name     string
		now      employee.Scan
		believed bool
	}{
		{"blank for everybody", reading(level), false},
		{"not read any more", reading(nil), true},
		{"read elsewhere, where nobody has one", reading(map[string]string{"level": "the field grade"}), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fresh(t).Directory(defaultGuard(t))
			if _, err := d.Apply(t.Context(), reading(level, detail("level", "L4"))); err != nil {
				t.Fatal(err)
			}
			c.now.At = day.Add(time.Hour)
			if _, err := d.Apply(t.Context(), c.now); (err == nil) != c.believed {
				t.Errorf("Apply = %v, believed should be %v", err, c.believed)
			}
		})
	}
}
