package mapping

import (
	"testing"

	"tenure/internal/employee"
)

// account is the fields of an account, with those that come with every one.
func account(more ...NamelyField) []NamelyField {
	return append([]NamelyField{{"first_name", "First name", "text"}, {"last_name", "Last name", "text"}, {"email", "Company email", "email"},
		{"job_title", "Job title", "referencehistory"}, {"start_date", "Start date", "date"}, {"home", "Home address", "address"}}, more...)
}

func TestCheckFields(t *testing.T) {
	field := func(f Field) Section { return Section{Fields: map[string]Field{"x": f}} }
	for _, c := range []struct {
		name    string
		section Section
		has     []NamelyField
		want    Fault // zero: nothing is wrong
	}{
		{"as it is", field(Field{Field: "job_level", Type: Number}), account(NamelyField{"job_level", "Job level", "number"}), Fault{}},
		{"number in a text", field(Field{Field: "job_level", Type: Number}), account(NamelyField{"job_level", "Job level", "text"}), Fault{}},
		{"a type that Namely added", field(Field{Field: "job_level", Type: Number}), account(NamelyField{"job_level", "Job level", "slider"}), Fault{}},
		{"list of check boxes", field(Field{Field: "perks", Type: List}), account(NamelyField{"perks", "Perks", "checkboxes"}), Fault{}},
		{"group", field(Field{Group: "cost center"}), account(), Fault{}},
		{"no such field", field(Field{Field: "badge"}), account(),
			Fault{"mapping.fields.x.field", `Namely has no field "badge", or Tenure's token may not see it`, "write a key that /profiles/fields lists; a key stays when the field is renamed"}},
		{"a slip", field(Field{Field: "job_levl"}), account(NamelyField{"job_level", "Level", "text"}),
			Fault{"mapping.fields.x.field", `Namely has no field "job_levl", or Tenure's token may not see it`, "did you mean job_level?"}},
		{"a label", field(Field{Field: "Job Level"}), account(NamelyField{"field_17", "Job level", "text"}),
			Fault{"mapping.fields.x.field", `Namely has no field "Job Level", or Tenure's token may not see it`, "that is its label: write the key, field_17"}},
		{"another type", field(Field{Field: "since", Type: Number}), account(NamelyField{"since", "Since", "date"}),
			Fault{"mapping.fields.x.type", `"since" is of Namely's type date, which cannot be read as number`, "write type: text or date"}},
		{"check boxes as a text", field(Field{Field: "perks"}), account(NamelyField{"perks", "Perks", "checkboxes"}),
			Fault{"mapping.fields.x.type", `"perks" is of Namely's type checkboxes, which cannot be read as text`, "write type: list or yes_no"}},
		{"a file", field(Field{Field: "photo"}), account(NamelyField{"photo", "Photo", "file"}),
			Fault{"mapping.fields.x.field", `"photo" is of Namely's type file, which holds no plain value`, "name another field"}},
		{"no such type of groups", field(Field{Group: "Cost Centre"}), account(),
			Fault{"mapping.fields.x.group", `Namely has no type of groups called "Cost Centre"`, "did you mean Cost Center?"}},
		{"a field of every profile that is hidden", Section{Groups: []Group{{Name: "a", When: `hr.departure != ""`}}}, account(),
			Fault{"mapping.groups[0].when", "hr.departure is Namely's field departure_date, which this account does not have or Tenure's token may not see", "let the token's role see the field, or leave hr.departure out"}},
		{"a list without the usual fields says nothing of them", Section{Groups: []Group{{Name: "a", When: `hr.departure != ""`}}}, nil, Fault{}},
		{"what is read of an address", Section{Groups: []Group{{Name: "a", When: `hr.home.city == "" && hr.title == ""`}}}, account(), Fault{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := compile(t, Section{Fields: nonNil(c.section.Fields), Groups: c.section.Groups}).CheckFields(c.has, []string{"Department", "Cost Center"})
			if c.want == (Fault{}) {
				if len(faults) > 0 {
					t.Errorf("%+v", faults)
				}
				return
			}
			refused(t, faults, c.want)
		})
	}
}

func nonNil(m map[string]Field) map[string]Field {
	if m == nil {
		return map[string]Field{}
	}
	return m
}

func TestCheckSchema(t *testing.T) {
	a := func(a Attribute) Section { return Section{Attributes: []Attribute{a}} }
	user := []OktaAttribute{
		{Name: "login", Type: "string", Required: true}, {Name: "email", Type: "string", Required: true},
		{Name: "userType", Type: "string", Enum: []string{"Employee", "Contractor"}, Master: "PROFILE_MASTER"},
		{Name: "countryCode", Type: "string", Max: 2}, {Name: "level", Type: "integer"}, {Name: "share", Type: "number"},
		{Name: "perks", Type: "array", Enum: []string{"gym"}}, {Name: "costCenter", Type: "string", Master: "OVERRIDE"},
	}
	for _, c := range []struct {
		name    string
		section Section
		more    []OktaAttribute
		missing []string
		want    Fault
	}{
		{name: "as it is", section: a(Attribute{Name: "userType", Value: `hr.external ? "Contractor" : "Employee"`})},
		{name: "a whole number for a number", section: a(Attribute{Name: "share", Value: "1", Type: "integer"})},
		{name: "as long as may be", section: a(Attribute{Name: "countryCode", Value: `"DE"`})},
		{name: "computed", section: a(Attribute{Name: "userType", Value: "hr.worker_type"})},
		{name: "no such attribute", section: a(Attribute{Name: "userTyp", Value: "hr.title"}),
			want: Fault{"mapping.attributes[0].name", "Okta's users have no attribute userTyp", "did you mean userType? otherwise add it to Okta's user profile (Profile Editor), or leave the rule out"}},
		{name: "nothing like it", section: a(Attribute{Name: "badgeNumber", Value: "hr.title"}),
			want: Fault{"mapping.attributes[0].name", "Okta's users have no attribute badgeNumber", "add it to Okta's user profile (Profile Editor), or leave the rule out"}},
		{name: "another type", section: a(Attribute{Name: "level", Value: "hr.title"}),
			want: Fault{"mapping.attributes[0].type", "the attribute level is of type integer in Okta, not string", "write type: integer"}},
		{name: "a number for a whole number", section: a(Attribute{Name: "level", Value: "hr.custom.level", Type: "number"}),
			want: Fault{"mapping.attributes[0].type", "the attribute level is of type integer in Okta, not number", "write type: integer"}},
		{name: "another system's", section: a(Attribute{Name: "costCenter", Value: "hr.title"}),
			want: Fault{"mapping.attributes[0].name", "the attribute costCenter is written by another system, which Okta obeys before Tenure", "leave it to that system, or make Okta its source in the Profile Editor"}},
		{name: "too long", section: a(Attribute{Name: "countryCode", Value: "hr.country", Default: `"Germany"`}),
			want: Fault{"mapping.attributes[0].default", `"Germany" is longer than the 2 characters that Okta takes for countryCode`, "shorten it"}},
		{name: "none of the values", section: a(Attribute{Name: "userType", Value: `hr.external ? "Contractor" : "Employe"`}),
			want: Fault{"mapping.attributes[0].value", `"Employe" is none of the values that Okta takes for userType`, "did you mean Employee?"}},
		{name: "none of the values of a list", section: a(Attribute{Name: "perks", Type: "array", Value: `["gym", "pool"]`}),
			want: Fault{"mapping.attributes[0].value", `"pool" is none of the values that Okta takes for perks`, "use one of gym"}},
		{name: "required and not written", section: a(Attribute{Name: "userType", Value: "hr.title"}), more: []OktaAttribute{{Name: "firstName", Type: "string", Required: true}},
			want: Fault{"mapping.attributes", "Okta requires the attribute firstName of every user, and no rule writes it", "add a rule for it"}},
		{name: "in a set", section: Section{Sets: []Set{{Name: "s", When: "hr.external", Attributes: []Attribute{{Name: "badge", Value: "hr.title"}}}}},
			want: Fault{"mapping.sets[0].attributes[0].name", "Okta's users have no attribute badge", "add it to Okta's user profile (Profile Editor), or leave the rule out"}},
		{name: "no such group", section: Section{Groups: []Group{{Name: "here"}, {Name: "gone"}}}, missing: []string{"gone"},
			want: Fault{"mapping.groups[1].name", `Okta has no group "gone" that people can be put into`, "make it in Okta, or correct the name: upper and lower case count"}},
		{name: "no such group of several", section: Section{Groups: []Group{{Names: `["here", "gone"]`}}}, missing: []string{"gone"},
			want: Fault{"mapping.groups[0].names", `Okta has no group "gone" that people can be put into`, "make it in Okta, or correct the name: upper and lower case count"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := compile(t, c.section).CheckSchema(append(user, c.more...), c.missing)
			if c.want == (Fault{}) {
				if len(faults) > 0 {
					t.Errorf("%+v", faults)
				}
				return
			}
			refused(t, faults, c.want)
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	s := Section{Fields: declared, Attributes: []Attribute{{Name: "x", Value: `titled(hr.worker_type)`}}, Groups: []Group{{Name: "a", When: `hr.country == "DE"`}}}
	for b.Loop() {
		compile(b, s)
	}
}

func BenchmarkRole_OneExpression(b *testing.B) {
	r := compile(b, Section{Groups: []Group{{Name: "a", When: `hr.country == "DE" && !hr.external`}}})
	people := []Person{{Record: employee.Employee{ID: "E1", Home: employee.Address{Country: "DE"}}}}
	b.ReportAllocs()
	for b.Loop() {
		if len(r.Role(people).Groups) != 1 {
			b.Fatal("no group")
		}
	}
}
