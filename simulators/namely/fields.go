package namelysim

import (
	"net/http"
	"slices"
	"strings"
)

// Field is one field of profiles, as the company has it under /profiles/fields.
type Field struct {
	Name  string `json:"name"`  // the key in a profile; frozen when the field is made
	Label string `json:"label"` // what people read, renamed at will
	// Type is one of the vendor's: text, longtext, number, date, select, checkboxes, referenceselect, address, email, file.
	Type    string `json:"type"`
	Section string `json:"section"` // the title of the section it stands in
	// Own is a field that the company made: it can be deleted.
	Own bool `json:"own,omitempty"`
}

// ownSection is where fields stand that were added without a section.
const ownSection = "Company"

// builtIn are fields that every company has.
var builtIn = []Field{
	{"first_name", "First name", "text", "Basic", false},
	{"last_name", "Last name", "text", "Basic", false},
	{"preferred_name", "Preferred name", "text", "Basic", false},
	{"email", "Company email", "email", "Basic", false},
	{"personal_email", "Personal email", "email", "Contact", false},
	{"home", "Home address", "address", "Contact", false},
	{"mobile_phone", "Mobile phone", "text", "Contact", false},
	{"user_status", "Status", "select", "Job", false},
	{"employee_id", "Employee ID", "text", "Job", false},
	{"employee_type", "Employee type", "referenceselect", "Job", false},
	{"job_title", "Job title", "referencehistory", "Job", false},
	{"reports_to", "Reports to", "referenceselect", "Job", false},
	{"start_date", "Start date", "date", "Job", false},
	{"departure_date", "Departure date", "date", "Job", false},
	{"salary", "Salary", "salary", "Pay", false},
	{"laptop_asset_number", "Laptop asset number", "text", "Assets", false},
	{"asset_management", "Assets", "checkboxes", "Assets", false},
}

// AddField makes a field of the company's own: with it a profile shows the field blank even where nobody filled it in,
// as "" or, for selections, as null. A field with this name that is there already gets the new label, type and section.
func (s *Simulator) AddField(f Field) {
	f.Own = true
	if f.Section == "" {
		f.Section = ownSection
	}
	if f.Label == "" {
		f.Label = strings.ReplaceAll(f.Name, "_", " ")
	}
	s.must(func() bool {
		if i := slices.IndexFunc(s.state.Fields, func(have Field) bool { return have.Name == f.Name }); i >= 0 {
			s.state.Fields[i] = f
			return true
		}
		s.state.Fields = append(s.state.Fields, f)
		return true
	})
}

// Fields is every field there is, those of the vendor first.
func (s *Simulator) Fields() (all []Field) {
	s.must(func() bool {
		all = s.state.fields()
		return false
	})
	return all
}

// fields is every field: the vendor's, the company's, and those that only profiles have.
func (st *state) fields() []Field {
	all := slices.Concat(builtIn, st.Fields)
	known := map[string]bool{}
	for _, f := range all {
		known[f.Name] = true
	}
	var seen []Field
	for _, p := range st.Profiles {
		for key, value := range p.Custom {
			if !known[key] {
				known[key] = true
				seen = append(seen, Field{Name: key, Label: strings.ReplaceAll(key, "_", " "), Type: typeOf(value), Section: ownSection, Own: true})
			}
		}
	}
	slices.SortFunc(seen, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return append(all, seen...)
}

func typeOf(value any) string {
	switch value.(type) {
	case float64, int:
		return "number"
	case []any, []string:
		return "checkboxes"
	case map[string]any:
		return "referenceselect"
	}
	return "text"
}

// blank is how a field without a value comes: selections as null, lists empty, everything else as "".
func (f Field) blank() any {
	switch f.Type {
	case "select", "referenceselect":
		return nil
	case "checkboxes":
		return []any{}
	}
	return ""
}

// listFields shows the fields with their sections. A field that the token's role may not see is listed all the same.
func (s *Simulator) listFields(w http.ResponseWriter, _ *http.Request) {
	fields, sections := []any{}, []any{}
	s.must(func() bool {
		at := map[string]string{}
		for i, f := range s.state.fields() {
			if at[f.Section] == "" {
				at[f.Section] = uuid(5, len(at)+1)
				sections = append(sections, map[string]any{"id": at[f.Section], "title": f.Section, "block_titles": []any{}})
			}
			fields = append(fields, map[string]any{"id": uuid(4, i+1), "name": f.Name, "label": f.Label, "type": f.Type, "default": !f.Own,
				"deletable": f.Own, "valid_format_info": formatInfo[f.Type], "links": map[string]any{"section": at[f.Section]}})
		}
		return false
	})
	answer(w, http.StatusOK, map[string]any{
		"fields": fields, "meta": map[string]any{"count": len(fields), "status": 200},
		"links":  map[string]any{"fields.sections": map[string]any{"type": "sections"}},
		"linked": map[string]any{"sections": sections},
	})
}

var formatInfo = map[string]any{"date": "YYYY-MM-DD", "number": "a number"}
