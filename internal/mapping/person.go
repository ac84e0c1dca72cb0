package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tenure/internal/employee"
)

// Person is one HR record and the manager it leads to: what the expressions see as hr and manager.
type Person struct {
	Record employee.Employee
	// Manager is the record of the nearest manager who works for the company; nil for nobody.
	Manager *employee.Employee
	// Login is the login that was chosen for the person; empty for HR's address. Expressions see it as login.
	Login string
}

// Company is what the expressions see as company.
type Company struct {
	Name   string
	Domain string // the mail domain
}

// record is one HR record on its way through an expression. A record of nobody has every field blank.
type record struct {
	employee.Employee
	nobody bool
	whose  string // "hr" or "manager", for faults
}

// The kinds of value a field can have; mapping.fields writes them like this.
const (
	Text   = "text"
	Number = "number"
	Day    = "date" // YYYY-MM-DD, or empty
	YesNo  = "yes_no"
	List   = "list"
)

func kinds() []string { return []string{Text, Number, Day, YesNo, List} }

// field is one field of a record, as expressions know it.
type field struct {
	name string
	kind string
	// namely is the key of Namely's profile that it is read from, or "group:..." for the kind of a group; empty where
	// every profile has it.
	namely string
	get    func(*record) any // a string, bool, float64, []string, or an error
	set    func(*record) bool
	// inner are the fields of a field that is a record itself.
	inner map[string]field
}

// text is a field with one text; what is only blanks is blank.
func text(name, namely string, get func(*record) string) field {
	return field{name: name, kind: Text, namely: namely,
		get: func(r *record) any { return strings.TrimSpace(get(r)) },
		set: func(r *record) bool { return strings.TrimSpace(get(r)) != "" }}
}

// date is a field with a day.
func date(name, namely string, get func(*record) employee.Date) field {
	f := text(name, namely, func(r *record) string { return get(r).String() })
	f.kind = Day
	return f
}

// truth is a field that says yes or no; it says so of everybody.
func truth(name, namely string, get func(*record) bool) field {
	return field{name: name, kind: YesNo, namely: namely,
		get: func(r *record) any { return get(r) },
		set: func(r *record) bool { return !r.nobody }}
}

// builtIn are the fields of every record, in the order in which the manual lists them.
func builtIn() []field {
	return []field{
		text("id", "", func(r *record) string { return string(r.ID) }),
		text("email", "email", func(r *record) string { return r.Email }),
		text("personal_email", "personal_email", func(r *record) string { return r.PersonalEmail }),
		text("first_name", "first_name", func(r *record) string { return r.FirstName }),
		text("last_name", "last_name", func(r *record) string { return r.LastName }),
		text("full_name", "", func(r *record) string { return r.Name() }),
		text("title", "job_title", func(r *record) string { return r.Title }),
		text("department", "", func(r *record) string { return r.Department }),
		text("office", "", func(r *record) string { return r.Office }),
		text("country", "", func(r *record) string { return r.Country() }),
		text("state", "", func(r *record) string { return r.place().State }),
		text("city", "", func(r *record) string { return r.place().City }),
		text("zip", "", func(r *record) string { return r.place().Zip }),
		text("worker_type", "employee_type", func(r *record) string { return string(r.WorkerType) }),
		truth("external", "employee_type", func(r *record) bool { return r.WorkerType.External() }),
		text("status", "", func(r *record) string { return string(r.Status) }),
		date("start", "start_date", func(r *record) employee.Date { return r.StartDate }),
		date("departure", "departure_date", func(r *record) employee.Date { return r.DepartureDate }),
		truth("on_leave", "", func(r *record) bool { return r.OnLeave }),
		text("manager_id", "reports_to", func(r *record) string { return r.ManagerProfileID }),
		text("profile_id", "", func(r *record) string { return r.ProfileID }),
		address("home", "home", func(r *record) employee.Address { return r.Home }),
		address("office_address", "", func(r *record) employee.Address { return r.OfficeAddress }),
	}
}

func address(name, namely string, get func(*record) employee.Address) field {
	part := func(part string, of func(employee.Address) string) field {
		return text(part, namely, func(r *record) string { return of(get(r)) })
	}
	return field{name: name, namely: namely, set: func(r *record) bool { return get(r) != employee.Address{} }, inner: byName([]field{
		part("line1", func(a employee.Address) string { return a.Line1 }),
		part("line2", func(a employee.Address) string { return a.Line2 }),
		part("city", func(a employee.Address) string { return a.City }),
		part("state", func(a employee.Address) string { return a.State }),
		part("zip", func(a employee.Address) string { return a.Zip }),
		part("country", func(a employee.Address) string { return strings.ToUpper(a.Country) }),
	})}
}

// place is the address that [employee.Employee.Country] is of, so that city and country always fit together.
func (r *record) place() employee.Address {
	if r.Home.Country != "" {
		return r.Home
	}
	return r.OfficeAddress
}

// customField is a field that the policy declares. What HR wrote and cannot be read as the declared kind is an error:
// a level that is no number must not look like level 0.
func customField(name string, declared Field) field {
	source := declared.Field
	if declared.Group != "" {
		source = declared.Group
	}
	given := func(r *record) []string {
		var out []string
		for _, v := range r.Custom[name] {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, v)
			}
		}
		return out
	}
	kind := cmp.Or(declared.Type, Text)
	return field{name: name, kind: kind, namely: declared.Field,
		set: func(r *record) bool { return len(given(r)) > 0 },
		get: func(r *record) any {
			v, err := read(kind, given(r))
			if err != nil {
				return fmt.Errorf("%s%s says under %q %w", hrSays, owner(r), source, err)
			}
			return v
		}}
}

// hrSays begins what is wrong with a value that HR wrote.
const hrSays = "what "

// owner names whose record it is, without naming the person.
func owner(r *record) string {
	if r.whose == "manager" {
		return "HR's record of the manager"
	}
	return "HR"
}

// read takes what HR wrote for what the policy says it is. Nothing is the kind's nothing.
func read(kind string, given []string) (any, error) {
	switch kind {
	case List:
		return slices.Clone(given), nil
	case Text:
		return strings.Join(given, ", "), nil
	}
	if len(given) > 1 {
		return nil, fmt.Errorf("is %d values, where the policy takes it for one (%s)", len(given), kind)
	}
	one := ""
	if len(given) == 1 {
		one = given[0]
	}
	switch kind {
	case Number:
		if one == "" {
			return 0.0, nil
		}
		n, err := strconv.ParseFloat(one, 64)
		if err != nil || n-n != 0 { // not a number and without an end are none
			return nil, fmt.Errorf("is no number")
		}
		return n, nil
	case Day:
		d, err := employee.ParseDate(one)
		if err != nil {
			return nil, fmt.Errorf("is no day written as YYYY-MM-DD")
		}
		return d.String(), nil
	case YesNo:
		switch strings.ToLower(one) {
		case "yes", "true", "y", "1", "on":
			return true, nil
		case "", "no", "false", "n", "0", "off":
			return false, nil
		}
		return nil, fmt.Errorf("is neither yes nor no")
	}
	return nil, fmt.Errorf("is of no kind that is known (%q)", kind)
}

func byName(fields []field) map[string]field {
	out := make(map[string]field, len(fields))
	for _, f := range fields {
		out[f.name] = f
	}
	return out
}
