package employee

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

var (
	edited   = time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	detected = edited.Add(5 * time.Minute)
	last     = Date{2026, time.November, 30}
)

func person(change ...func(*Employee)) Employee {
	e := Employee{ID: "E1", ProfileID: "p1", Email: "sam@example.com", Status: Active, Department: "Sales", UpdatedAt: edited}
	for _, c := range change {
		c(&e)
	}
	return e
}

func status(s Status) func(*Employee) { return func(e *Employee) { e.Status = s } }
func leaves(d Date) func(*Employee)   { return func(e *Employee) { e.DepartureDate = d } }
func dept(d string) func(*Employee)   { return func(e *Employee) { e.Department = d } }

func TestDiff(t *testing.T) {
	type want struct {
		Kind   EventKind
		Fields []string
	}
	cases := []struct {
		name   string
		before []Employee
		after  []Employee
		want   []want
	}{
		{"nothing changed", []Employee{person()}, []Employee{person()}, nil},
		{"only updated_at changed", []Employee{person()}, []Employee{person(func(e *Employee) { e.UpdatedAt = detected })}, nil},
		{"turned inactive", []Employee{person()}, []Employee{person(status(Inactive))}, []want{{Left, []string{"status"}}}},
		{"turned inactive while other fields changed", []Employee{person()}, []Employee{person(status(Inactive), leaves(last), dept("None"))},
			[]want{{Left, []string{"status", "department", "departureDate"}}}},
		{"a hire who never started", []Employee{person(status(Pending))}, []Employee{person(status(Inactive))}, []want{{Left, []string{"status"}}}},
		{"missing from the scan", []Employee{person()}, nil, nil},
		{"departure date set", []Employee{person()}, []Employee{person(leaves(last))}, []want{{Departing, []string{"departureDate"}}}},
		{"departure date moved", []Employee{person(leaves(last))}, []Employee{person(leaves(Date{2026, time.December, 1}))}, []want{{Departing, []string{"departureDate"}}}},
		{"departure date cleared", []Employee{person(leaves(last))}, []Employee{person()}, []want{{Staying, []string{"departureDate"}}}},
		{"departure date of somebody who has left", []Employee{person(status(Inactive))}, []Employee{person(status(Inactive), leaves(last))},
			[]want{{Changed, []string{"departureDate"}}}},
		{"departure date and department", []Employee{person()}, []Employee{person(leaves(last), dept("Support"))},
			[]want{{Departing, []string{"departureDate"}}, {Changed, []string{"department"}}}},
		{"came back", []Employee{person(status(Inactive), leaves(last))}, []Employee{person()}, []want{{Returned, []string{"status", "departureDate"}}}},
		{"came back for a fixed time", []Employee{person(status(Inactive))}, []Employee{person(leaves(last))},
			[]want{{Returned, []string{"status", "departureDate"}}, {Departing, []string{"departureDate"}}}},
		{"started", []Employee{person(status(Pending))}, []Employee{person()}, []want{{Changed, []string{"status"}}}},
		{"new hire", nil, []Employee{person(status(Pending))}, []want{{Joining, nil}}},
		{"new hire for a fixed time", nil, []Employee{person(leaves(last))}, []want{{Joining, nil}, {Departing, []string{"departureDate"}}}},
		{"an old leaver became visible", nil, []Employee{person(status(Inactive))}, nil},
		{"moved house", []Employee{person()}, []Employee{person(func(e *Employee) { e.Home.City = "Troy" })}, []want{{Changed, []string{"home"}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []want
			for _, e := range Diff(c.before, c.after, detected) {
				got = append(got, want{e.Kind, e.Fields})
				if e.Employee != "E1" || !e.HREdited.Equal(edited) || !e.Detected.Equal(detected) || e.Key == "" {
					t.Errorf("event is not filled in: %+v", e)
				}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("Diff = %v, want %v", got, c.want)
			}
		})
	}
}

func TestDiff_SameChangeFoundAgain_HasTheSameKey(t *testing.T) {
	before, after := []Employee{person()}, []Employee{person(status(Inactive))}
	first, again := Diff(before, after, detected), Diff(before, after, detected.Add(time.Hour))
	if first[0].Key != again[0].Key {
		t.Errorf("keys %q and %q", first[0].Key, again[0].Key)
	}
}

func TestDiff_SecondLeavingAfterARehire_HasAnotherKey(t *testing.T) {
	first := Diff([]Employee{person()}, []Employee{person(status(Inactive))}, detected)
	later := func(e *Employee) { e.UpdatedAt = edited.Add(time.Hour) }
	second := Diff([]Employee{person(later)}, []Employee{person(status(Inactive), later)}, detected)
	if first[0].Key == second[0].Key {
		t.Errorf("both leavings have the key %q: the second would be taken for a repetition", first[0].Key)
	}
}

// A field that is added to Employee must be watched or left out on purpose.
func TestWatched_CoversEveryFieldOfEmployee(t *testing.T) {
	unwatched := []string{"ID", "ProfileID", "UpdatedAt"}
	fields := reflect.TypeFor[Employee]()
	if got := len(watched) + len(unwatched); got != fields.NumField() {
		t.Fatalf("Employee has %d fields, %d are watched or left out", fields.NumField(), got)
	}
	for i := range fields.NumField() {
		f := fields.Field(i)
		if slices.Contains(unwatched, f.Name) {
			continue
		}
		changed := person()
		switch v := reflect.ValueOf(&changed).Elem().Field(i).Addr().Interface().(type) {
		case *Date:
			*v = last
		case *Address:
			v.City = "Troy"
		case *bool:
			*v = true
		default:
			reflect.ValueOf(v).Elem().SetString("changed")
		}
		if len(changedFields(person(), changed)) != 1 {
			t.Errorf("a change of %s is not seen", f.Name)
		}
	}
}
