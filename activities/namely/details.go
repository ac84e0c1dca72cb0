package namely

import (
	"encoding/json"
	"slices"
	"strings"

	"tenure/internal/employee"
)

// FieldSource is where a further field of the record stands: under a key of the profile, or as the groups of a type that
// the profile is in. Field comes first where both are given.
type FieldSource struct {
	Field string // as the API spells it: "cost_center"
	Group string // the title of the type, whatever the case: "Cost Center"
}

// String is the source in the words in which people are told of it.
func (f FieldSource) String() string {
	if f.Field != "" {
		return "the field " + f.Field
	}
	return "the group of the type " + f.Group
}

// Details are what is read of a profile beyond what every company's has.
type Details struct {
	// Leave is where this company's Namely shows leave of absence; zero: nowhere.
	Leave Leave
	// Fields are further fields, by the names that the policy has for them. Nothing else of a profile is kept.
	Fields map[string]FieldSource
}

// Leave is where a customer's Namely shows leave of absence. The vendor has no field for it; some add one, some use a
// type of employee.
type Leave struct {
	Field  string   // as the API spells it, for example "leave_status" or "employee_type"
	Values []string // that mean "on leave", whatever the case
}

// further is what was read of the keys that the details name.
type further struct {
	onLeave bool
	fields  map[string][]string // by key of the profile, those with a value
}

// read takes what the details name out of a profile, and drops everything else: profiles hold pay and health data.
func (d Details) read(raw json.RawMessage) (further, error) {
	keys := d.keys()
	if len(keys) == 0 {
		return further{}, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return further{}, err
	}
	out := further{fields: map[string][]string{}}
	for _, key := range keys {
		if v := valuesOf(all[key]); len(v) > 0 {
			out.fields[key] = v
		}
	}
	out.onLeave = slices.ContainsFunc(out.fields[d.Leave.Field], func(has string) bool {
		return slices.ContainsFunc(d.Leave.Values, func(v string) bool { return strings.EqualFold(strings.TrimSpace(v), has) })
	})
	return out, nil
}

// keys are those of a profile that the details name.
func (d Details) keys() []string {
	var keys []string
	if d.Leave.Field != "" {
		keys = append(keys, d.Leave.Field)
	}
	for _, f := range d.Fields {
		if f.Field != "" {
			keys = append(keys, f.Field)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// custom is the further fields of a profile, by the policy's names; nil for none.
func (d Details) custom(p profile, groups groups) employee.Custom {
	var out employee.Custom
	for name, source := range d.Fields {
		values := p.Further.fields[source.Field]
		if source.Field == "" {
			values = groups.of(p, source.Group)
		}
		if len(values) == 0 {
			continue
		}
		if out == nil {
			out = employee.Custom{}
		}
		out[name] = values
	}
	return out
}

// of is the titles of the groups of a type that a profile is in.
func (g groups) of(p profile, typeTitle string) []string {
	var titles []string
	for _, l := range p.Links.Groups {
		if in := g[l.ID.Value]; in.title != "" && strings.EqualFold(in.typeTitle, strings.TrimSpace(typeTitle)) {
			titles = append(titles, in.title)
		}
	}
	return inOrder(titles)
}

// inOrder puts several values in an order of their own: the vendor promises none, and another one is no change.
func inOrder(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

// valuesOf is what a field of any type says: text, a number, yes or no, an object with a title or a name, or a list of
// these. Blanks are no values.
func valuesOf(raw json.RawMessage) []string {
	if len(raw) == 0 {
		return nil
	}
	many := []json.RawMessage{raw}
	if raw[0] == '[' && json.Unmarshal(raw, &many) != nil {
		return nil
	}
	var out []string
	for _, one := range many {
		if v := valueOf(one); v != "" {
			out = append(out, v)
		}
	}
	return inOrder(out)
}

func valueOf(raw json.RawMessage) string {
	if raw[0] == '{' {
		var object struct {
			Title text `json:"title"`
			Name  text `json:"name"`
		}
		if json.Unmarshal(raw, &object) != nil {
			return ""
		}
		if object.Title.Value != "" {
			return object.Title.Value
		}
		return object.Name.Value
	}
	var plain text
	if json.Unmarshal(raw, &plain) != nil {
		return ""
	}
	if day, err := employee.ParseDate(plain.Value); err == nil {
		return day.String() // the vendor writes days in two ways, and one is not a change of the other
	}
	return plain.Value
}

// sources says where each further field was read, see [employee.Scan].
func (d Details) sources() map[string]string {
	if len(d.Fields) == 0 {
		return nil
	}
	out := make(map[string]string, len(d.Fields))
	for name, f := range d.Fields {
		out[name] = f.String()
	}
	return out
}
