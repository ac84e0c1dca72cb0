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

func custom(name string, values ...string) func(*Employee) {
	return func(e *Employee) {
		if e.Custom == nil {
			e.Custom = Custom{}
		}
		e.Custom[name] = values
	}
}

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
		{"a further field set", []Employee{person()}, []Employee{person(custom("level", "L4"))}, []want{{Changed, []string{"custom.level"}}}},
		{"a further field changed", []Employee{person(custom("level", "L4"))}, []Employee{person(custom("level", "L5"))}, []want{{Changed, []string{"custom.level"}}}},
		{"a further field cleared", []Employee{person(custom("level", "L4"))}, []Employee{person()}, []want{{Changed, []string{"custom.level"}}}},
		{"one value more", []Employee{person(custom("tags", "a"))}, []Employee{person(custom("tags", "a", "b"))}, []want{{Changed, []string{"custom.tags"}}}},
		{"two values instead of one that reads the same", []Employee{person(custom("tags", "a b"))}, []Employee{person(custom("tags", "a", "b"))}, []want{{Changed, []string{"custom.tags"}}}},
		{"a further field without a value", []Employee{person()}, []Employee{person(custom("level"))}, nil},
		{"several fields, in order", []Employee{person(custom("b", "1"))}, []Employee{person(dept("Support"), custom("c", "1"), custom("a", "1"))},
			[]want{{Changed, []string{"department", "custom.a", "custom.b", "custom.c"}}}},
		{"a further field of a leaver", []Employee{person()}, []Employee{person(status(Inactive), custom("level", "L4"))}, []want{{Left, []string{"status", "custom.level"}}}},
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

// Whatever further fields two readings have: an event names exactly those that differ, a record that has none keeps the
// key it had before there were any, and the values stay out of it.
func FuzzCompare_FurtherFields(f *testing.F) {
	f.Add("level", "L4", "L5")
	f.Add("", "", "")
	f.Add("a\x00b", "custom.", "\xff")
	f.Fuzz(func(t *testing.T, name, was, now string) {
		before, after := person(custom(name, was), custom("same", was)), person(custom(name, now), custom("same", was))
		if name == "same" {
			return
		}
		events := Compare(before, after, detected)
		if was == now {
			if len(events) != 0 {
				t.Fatalf("nothing changed, and %+v", events)
			}
			return
		}
		if len(events) != 1 || !reflect.DeepEqual(events[0].Fields, []string{"custom." + name}) || !events[0].Is(DetailChanged) {
			t.Fatalf("%q turned %q: %+v", was, now, events)
		}
		if back := Compare(after, before, detected); len(back) != 1 || back[0].Key == events[0].Key {
			t.Errorf("the way back is %+v", back)
		}
	})
}

func TestCompare_WithoutFurtherFields_HasTheKeyItAlwaysHad(t *testing.T) {
	got := Compare(person(), person(dept("Support")), detected)
	if want := "changed/p1/a1c41efed67eeb92"; len(got) != 1 || got[0].Key != want {
		t.Errorf("the event is %+v, want the key %s: stores and histories hold it", got, want)
	}
}

// A field that is added to Employee must be watched or left out on purpose.
func TestWatched_CoversEveryFieldOfEmployee(t *testing.T) {
	unwatched := []string{"ID", "ProfileID", "UpdatedAt", "Custom"} // Custom has as many fields as the policy says
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
