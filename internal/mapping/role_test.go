package mapping

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/role"
)

func day(t *testing.T, s string) employee.Date {
	t.Helper()
	d, err := employee.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// somebody is a record with everything filled in.
func somebody(t *testing.T) employee.Employee {
	return employee.Employee{
		ID: "E7", ProfileID: "p-7", Email: "Jo.Lee@example.com", PersonalEmail: "jo@example.org", FirstName: "Jo", LastName: "Lee",
		Status: employee.Active, WorkerType: employee.PartTime, Title: " Engineer ", Department: "Research & Development", Office: "Berlin",
		ManagerProfileID: "p-1", StartDate: day(t, "2026-03-02"), DepartureDate: day(t, "2027-01-31"), OnLeave: true,
		Home:          employee.Address{Line1: "1 Home", Line2: "Apt 2", City: "Potsdam", State: "BB", Zip: "14467", Country: "de"},
		OfficeAddress: employee.Address{Line1: "9 Work", City: "Berlin", Zip: "10115", Country: "DE"},
		Custom: employee.Custom{"level": {"7.5"}, "perks": {"gym", " ", "bike"}, "until": {"03/31/2027"}, "remote": {"Yes"},
			"nick": {"Joey"}, "cost_center": {"4100"}},
	}
}

// Each row is an expression for a text and what it gives for somebody, and for a record of which HR has filled in
// nothing.
func TestExpressions_EveryVariableAndFunction(t *testing.T) {
	full := Person{Record: somebody(t), Manager: &employee.Employee{ID: "E1", Email: "max@example.com", FirstName: "Max", LastName: "Roe", Custom: employee.Custom{"level": {"9"}}}}
	for _, c := range []struct{ source, full, blank string }{
		{`hr.id`, "E7", ""}, {`hr.profile_id`, "p-7", ""}, {`hr.email`, "Jo.Lee@example.com", ""}, {`hr.personal_email`, "jo@example.org", ""},
		{`login`, "jo.lee@example.com", ""},
		{`hr.first_name`, "Jo", ""}, {`hr.last_name`, "Lee", ""}, {`hr.full_name`, "Jo Lee", ""},
		{`hr.title`, "Engineer", ""}, {`hr.department`, "Research & Development", ""}, {`hr.office`, "Berlin", ""},
		{`hr.country`, "DE", ""}, {`hr.state`, "BB", ""}, {`hr.city`, "Potsdam", ""}, {`hr.zip`, "14467", ""},
		{`hr.home.line1 + "|" + hr.home.line2 + "|" + hr.home.city + "|" + hr.home.state + "|" + hr.home.zip + "|" + hr.home.country`, "1 Home|Apt 2|Potsdam|BB|14467|DE", "|||||"},
		{`hr.office_address.city + hr.office_address.country`, "BerlinDE", ""},
		{`hr.worker_type`, "part time", ""}, {`string(hr.external)`, "false", "false"}, {`hr.status`, "active", ""}, {`string(hr.on_leave)`, "true", "false"},
		{`hr.start`, "2026-03-02", ""}, {`hr.departure`, "2027-01-31", ""}, {`hr.start < "2027-01-01" ? "early" : "late"`, "early", "early"},
		{`hr.manager_id`, "p-1", ""}, {`manager.id`, "E1", ""}, {`manager.email`, "max@example.com", ""}, {`manager.full_name`, "Max Roe", ""},
		{`string(manager.custom.level)`, "9", "0"}, {`company.name`, "Example Company", "Example Company"}, {`company.domain`, "example.com", "example.com"},
		{`hr.custom.nick`, "Joey", ""}, {`hr.custom.cost_center`, "4100", ""}, {`hr.custom.until`, "2027-03-31", ""},
		{`string(hr.custom.level)`, "7.5", "0"}, {`string(hr.custom.remote)`, "true", "false"}, {`hr.custom.perks.join("+")`, "gym+bike", ""},
		{`hr.custom.level >= 7 ? "senior" : "junior"`, "senior", "junior"}, {`"gym" in hr.custom.perks ? "in" : "out"`, "in", "out"},
		{`has(hr.custom.level) ? "has" : "has not"`, "has", "has not"}, {`has(hr.title) ? "has" : "has not"`, "has", "has not"},
		{`has(hr.home) ? "has" : "has not"`, "has", "has not"}, {`has(manager.id) ? "has" : "has not"`, "has", "has not"},
		{`has(hr.external) ? "has" : "has not"`, "has", "has"}, {`has(manager.external) ? "has" : "has not"`, "has", "has not"},
		{`has(company.name) ? "has" : "has not"`, "has", "has"},
		{`hr.custom.perks.exists(p, p == "gym") ? "x" : "y"`, "x", "y"}, {`hr.custom.perks.filter(p, p != "gym").join(",")`, "bike", ""},
		{`slug(hr.department)`, "research-development", ""}, {`plain(hr.department)`, "researchdevelopment", ""},
		{`prefixed("dept-", slug(hr.department))`, "dept-research-development", ""}, {`titled(hr.worker_type)`, "Part Time", ""},
		{`initial(hr.first_name)`, "J", ""}, {`firstOf([hr.custom.nick, hr.first_name, "nobody"])`, "Joey", "nobody"},
		{`hr.title.lowerAscii() + hr.title.upperAscii()`, "engineerENGINEER", ""}, {`hr.department.split(" ")[0]`, "Research", ""},
		{`hr.department.replace("&", "and")`, "Research and Development", ""}, {`hr.title.matches("^Eng") ? "x" : "y"`, "x", "y"},
		{`{"DE": "Germany", "": "nowhere"}[hr.country]`, "Germany", "nowhere"}, {`"  " + hr.title + " "`, "Engineer", ""},
	} {
		r := compile(t, Section{Attributes: []Attribute{{Name: "x", Value: c.source}}})
		for _, one := range []struct {
			p    Person
			want string
		}{{full, c.full}, {Person{}, c.blank}} {
			got := r.Role([]Person{one.p})
			value := ""
			if len(got.Attributes) == 1 {
				value, _ = got.Attributes[0].Value.(string)
			}
			if value != one.want || len(got.Faults) > 0 {
				t.Errorf("%s: %q, want %q, %v", c.source, value, one.want, got.Faults)
			}
		}
	}
}

func TestFunctions_FoldWhatPeopleAreCalled(t *testing.T) {
	for _, c := range []struct{ name, plain, slug string }{
		{"Zoë Müller-Ørsted", "zoemullerorsted", "zoe-muller-orsted"}, {"O’Neill", "oneill", "oneill"}, {"D'Arcy", "darcy", "darcy"},
		{"Łukasz Żółć", "lukaszzolc", "lukasz-zolc"}, {"Straße", "strasse", "strasse"}, {"Þóra", "thora", "thora"}, {"Çağrı", "cagri", "cagri"},
		{"İpek", "ipek", "ipek"}, {"Nguyễn Thị", "nguyenthi", "nguyen-thi"}, {"김민준", "", ""}, {"Ｆｕｌｌ 2", "full2", "full-2"}, {"", "", ""}, {" & ", "", ""},
	} {
		if p, s := plain(c.name), slug(c.name); p != c.plain || s != c.slug {
			t.Errorf("%s: %q, %q, want %q, %q", c.name, p, s, c.plain, c.slug)
		}
	}
}

// Each row is the rules of one attribute and what they give for somebody.
func TestRole_OfSeveralRulesTheFirstThatFitsAndGivesAValue(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules Section
		value any
		rule  string // empty: the attribute is not written
	}{
		{"the first", Section{Attributes: []Attribute{{Name: "x", Value: `"a"`}, {Name: "x", Value: `"b"`}}}, "a", "mapping.attributes.x"},
		{"the first that fits", Section{Attributes: []Attribute{{Name: "x", Value: `"a"`, When: "hr.external"}, {Name: "x", Value: `"b"`}}}, "b", "mapping.attributes.x#2"},
		{"the first that gives something", Section{Attributes: []Attribute{{Name: "x", Value: `""`}, {Name: "x", Value: `"b"`}}}, "b", "mapping.attributes.x#2"},
		{"its default before the next rule", Section{Attributes: []Attribute{{Name: "x", Value: `""`, Default: `"d"`}, {Name: "x", Value: `"b"`}}}, "d", "mapping.attributes.x"},
		{"a set before the list", Section{
			Attributes: []Attribute{{Name: "x", Value: `"a"`}},
			Sets:       []Set{{Name: "s", When: `hr.country == "DE"`, Attributes: []Attribute{{Name: "x", Value: `"s"`}}}}}, "s", "mapping.sets.s.x"},
		{"a set for others", Section{
			Attributes: []Attribute{{Name: "x", Value: `"a"`}},
			Sets:       []Set{{Name: "s", When: `hr.country == "US"`, Attributes: []Attribute{{Name: "x", Value: `"s"`}}}}}, "a", "mapping.attributes.x"},
		{"of two sets the first", Section{Sets: []Set{
			{Name: "s", When: "true", Attributes: []Attribute{{Name: "x", Value: `""`}}},
			{Name: "u", When: "true", Attributes: []Attribute{{Name: "x", Value: `"u"`}}}}}, "u", "mapping.sets.u.x"},
		{"no value leaves what is there", Section{Attributes: []Attribute{{Name: "x", Value: `""`}}}, nil, ""},
		{"no value clears where it is said", Section{Attributes: []Attribute{{Name: "x", Value: `""`, Clear: true}}}, nil, "mapping.attributes.x"},
		{"a rule that no longer fits clears too", Section{Attributes: []Attribute{{Name: "x", Value: `"a"`, When: "hr.external", Clear: true}}}, nil, "mapping.attributes.x"},
		{"a boolean", Section{Attributes: []Attribute{{Name: "x", Value: "hr.external", Type: "boolean"}}}, false, "mapping.attributes.x"},
		{"a whole number", Section{Attributes: []Attribute{{Name: "x", Value: "3", Type: "integer"}}}, 3.0, "mapping.attributes.x"},
		{"a number", Section{Attributes: []Attribute{{Name: "x", Value: "hr.custom.level", Type: "number"}}}, 7.5, "mapping.attributes.x"},
		{"a list", Section{Attributes: []Attribute{{Name: "x", Value: "hr.custom.perks", Type: "array"}}}, []string{"gym", "bike"}, "mapping.attributes.x"},
		{"an empty list is nothing", Section{Attributes: []Attribute{{Name: "x", Value: `hr.custom.perks.filter(p, p == "z")`, Type: "array"}}}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := compile(t, c.rules).Role([]Person{{Record: somebody(t)}})
			var want []role.Attribute
			if c.rule != "" {
				want = []role.Attribute{{Name: "x", Value: c.value, Rule: c.rule, Record: "E7"}}
			}
			if !reflect.DeepEqual(got.Attributes, want) || len(got.Faults) > 0 {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// A number or a truth value that is nothing but a field gives nothing where HR leaves it blank; one that is computed
// gives the type's nothing.
func TestRole_ABlankNumberIsNoZero(t *testing.T) {
	r := compile(t, Section{Attributes: []Attribute{
		{Name: "computed", Value: "hr.custom.level + 1.0", Type: "number"}, {Name: "direct", Value: "hr.custom.level", Type: "number"},
		{Name: "fallback", Value: "hr.custom.remote", Type: "boolean", Default: "true"}, {Name: "managers", Value: "manager.custom.level", Type: "number"},
	}})
	got := r.Role([]Person{{Record: employee.Employee{ID: "E1"}}})
	values := map[string]any{}
	for _, a := range got.Attributes {
		values[a.Name] = a.Value
	}
	if want := (map[string]any{"computed": 1.0, "fallback": true}); !reflect.DeepEqual(values, want) {
		t.Errorf("%v, want %v", values, want)
	}
}

// Each row is a rule that asks for a person, and what the person reads.
func TestRole_SaysWhatHRMustFillIn(t *testing.T) {
	blank := Person{Record: employee.Employee{ID: "E7"}}
	withManager := Person{Record: employee.Employee{ID: "E7"}, Manager: &employee.Employee{ID: "E1"}}
	garbled := Person{Record: employee.Employee{ID: "E7", Custom: employee.Custom{"level": {"high"}, "until": {"soon"}, "remote": {"maybe"}, "nick": {"a", "b"}}}}
	lacks := func(name string) string {
		return "HR's record of E7 gives no value for the attribute " + name + ", which is required"
	}
	for _, c := range []struct {
		name string
		p    Person
		rule Attribute
		want role.Fault
	}{
		{"one field", blank, Attribute{Name: "department", Value: "hr.department"}, role.Fault{Text: lacks("department"), Mend: "fill in the department in HR's record"}},
		{"two fields", blank, Attribute{Name: "name", Value: "hr.first_name + hr.last_name"}, role.Fault{Text: lacks("name"), Mend: "fill in the first name and the last name in HR's record"}},
		{"a field of the company's own", blank, Attribute{Name: "level", Value: "hr.custom.level", Type: "number"}, role.Fault{Text: lacks("level"), Mend: `fill in "job_level" in HR's record`}},
		{"a group", blank, Attribute{Name: "costCenter", Value: "hr.custom.cost_center"}, role.Fault{Text: lacks("costCenter"), Mend: `fill in "Cost Center" in HR's record`}},
		{"no manager", blank, Attribute{Name: "managerId", Value: "manager.id"}, role.Fault{Text: lacks("managerId"), Mend: "fill in the manager in HR's record"}},
		{"the manager's field", withManager, Attribute{Name: "managerMail", Value: "manager.email"}, role.Fault{Text: lacks("managerMail"), Mend: "fill in the manager's email in HR's record"}},
		{"an address", blank, Attribute{Name: "city", Value: "hr.office_address.city"}, role.Fault{Text: lacks("city"), Mend: "fill in the office address city in HR's record"}},
		{"nothing of HR's", blank, Attribute{Name: "x", Value: `""`}, role.Fault{Text: lacks("x"), Mend: "look at what the rule is made of, or give it a default"}},
		{"no number", garbled, Attribute{Name: "level", Value: "hr.custom.level", Type: "number"},
			role.Fault{Text: `the rule cannot be applied to E7: what HR says under "job_level" is no number`, Mend: "correct it in HR's record"}},
		{"not a number", Person{Record: employee.Employee{ID: "E7", Custom: employee.Custom{"level": {"NaN"}}}}, Attribute{Name: "level", Value: "hr.custom.level", Type: "number"},
			role.Fault{Text: `the rule cannot be applied to E7: what HR says under "job_level" is no number`, Mend: "correct it in HR's record"}},
		{"without an end", Person{Record: employee.Employee{ID: "E7", Custom: employee.Custom{"level": {"inf"}}}}, Attribute{Name: "level", Value: "hr.custom.level", Type: "number"},
			role.Fault{Text: `the rule cannot be applied to E7: what HR says under "job_level" is no number`, Mend: "correct it in HR's record"}},
		{"two values for one", Person{Record: employee.Employee{ID: "E7", Custom: employee.Custom{"level": {"1", "2"}}}}, Attribute{Name: "level", Value: "hr.custom.level", Type: "number"},
			role.Fault{Text: `the rule cannot be applied to E7: what HR says under "job_level" is 2 values, where the policy takes it for one (number)`, Mend: "correct it in HR's record"}},
		{"what is required is never cleared", blank, Attribute{Name: "title", Value: "hr.title", Clear: true}, role.Fault{Text: lacks("title"), Mend: "fill in the title in HR's record"}},
		{"no day", garbled, Attribute{Name: "until", Value: "hr.custom.until"},
			role.Fault{Text: `the rule cannot be applied to E7: what HR says under "ends_on" is no day written as YYYY-MM-DD`, Mend: "correct it in HR's record"}},
		{"neither yes nor no", garbled, Attribute{Name: "remote", Value: "hr.custom.remote", Type: "boolean"},
			role.Fault{Text: `the rule cannot be applied to E7: what HR says under "works_remotely" is neither yes nor no`, Mend: "correct it in HR's record"}},
		{"a fraction", garbled, Attribute{Name: "half", Value: "0.5", Type: "integer"},
			role.Fault{Text: "the rule cannot be applied to E7: it gives a number with a fraction, where Okta takes whole numbers", Mend: "correct the rule in the policy, so that it holds for such a record too"}},
		{"a part that is not there", blank, Attribute{Name: "x", Value: `hr.title.split(" ")[3]`},
			role.Fault{Text: "the rule cannot be applied to E7: it asks for a part of a list or text that is not there", Mend: "correct the rule in the policy, so that it holds for such a record too"}},
		{"a text that is no number", blank, Attribute{Name: "x", Value: `string(int(hr.title))`},
			role.Fault{Text: "the rule cannot be applied to E7: a text cannot be turned into what the expression wants", Mend: "correct the rule in the policy, so that it holds for such a record too"}},
		{"by zero", blank, Attribute{Name: "x", Value: "1 / size(hr.title)", Type: "integer"},
			role.Fault{Text: "the rule cannot be applied to E7: it divides by zero", Mend: "correct the rule in the policy, so that it holds for such a record too"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Required = true
			c.want.Rule = "mapping.attributes." + c.rule.Name
			got := compile(t, Section{Attributes: []Attribute{c.rule, {Name: "zzz", Value: `"kept"`}}}).Role([]Person{c.p})
			if len(got.Faults) != 1 || got.Faults[0] != c.want {
				t.Errorf("got  %+v\nwant %+v", got.Faults, c.want)
			}
			if len(got.Attributes) != 1 || got.Attributes[0].Name != "zzz" {
				t.Errorf("it kept the rest back: %+v", got.Attributes)
			}
		})
	}
}

// Where a rule cannot be applied, what is in Okta stays: neither a later rule nor clearing takes its place.
func TestRole_ARuleThatFails_DecidesNothing(t *testing.T) {
	fails := `hr.title.split(" ")[5] == "x"`
	r := compile(t, Section{
		Sets: []Set{{Name: "s", When: fails, Attributes: []Attribute{{Name: "x", Value: `"s"`}}}},
		Attributes: []Attribute{{Name: "x", Value: `"a"`, Clear: true}, {Name: "y", Value: `"y"`, When: fails}, {Name: "y", Value: `"z"`, Clear: true},
			{Name: "z", Value: `"z"`}},
		Groups: []Group{{Name: "a", When: fails}, {Names: `["b", "c"]`, When: fails}, {Name: "c"}, {Names: `hr.title.split(" ")[5]`}, {Name: "d"}},
	})
	got := r.Role([]Person{{Record: employee.Employee{ID: "E1"}}})
	if len(got.Attributes) != 1 || got.Attributes[0].Name != "z" || len(got.Faults) != 5 {
		t.Errorf("%+v", got)
	}
	if len(got.Groups) != 2 || got.Groups[0].Group != "c" || got.Groups[1].Group != "d" || strings.Join(got.Undecided, " ") != "a b" || !got.KeepAll {
		t.Errorf("groups %+v, undecided %v, %v", got.Groups, got.Undecided, got.KeepAll)
	}
	if !got.Keeps("a") || !got.Keeps("whatever") {
		t.Error("a group may be left although it cannot be told whether the role gives it")
	}
	named := compile(t, Section{Groups: []Group{{Name: "a", When: fails}}}).Role([]Person{{Record: employee.Employee{ID: "E1"}}})
	if !named.Keeps("a") || named.Keeps("b") {
		t.Errorf("%+v", named)
	}
}

func TestRole_GroupsAreTheUnionOfTheRecords_EachWithTheRuleAndRecordThatGrantsIt(t *testing.T) {
	r := compile(t, Section{
		OrgUnit: `prefixed("/", hr.department)`,
		Groups: []Group{{Name: "staff", When: "!hr.external"}, {Names: `prefixed("dept-", slug(hr.department))`, Overlap: "3h"},
			{Name: "staff", When: "hr.on_leave"}, {Names: `["Everyone", hr.city + " ", "b " + hr.city, "b"]`, When: "hr.external"}}})
	lead := employee.Employee{ID: "E2", Department: "Sales", StartDate: day(t, "2020-01-01"), OnLeave: true}
	side := employee.Employee{ID: "E1", Department: "Legal", WorkerType: employee.Contractor, StartDate: day(t, "2010-01-01")}
	got := r.Role([]Person{{Record: side}, {Record: lead}})
	want := []role.Grant{
		{Group: "b", Rule: "mapping.groups#4", Record: "E1", Overlap: time.Hour},
		{Group: "dept-legal", Rule: "mapping.groups#2", Record: "E1", Overlap: 3 * time.Hour},
		{Group: "dept-sales", Rule: "mapping.groups#2", Record: "E2", Overlap: 3 * time.Hour},
		{Group: "staff", Rule: "mapping.groups.staff", Record: "E2", Overlap: time.Hour},
	}
	if !reflect.DeepEqual(got.Groups, want) || got.OrgUnit != "/Sales" {
		t.Errorf("%+v, %s", got.Groups, got.OrgUnit)
	}
	if again := r.Role([]Person{{Record: side}}); again.OrgUnit != "/Legal" || len(again.Groups) != 2 {
		t.Errorf("%+v", again)
	}
}

func TestOrder_WhichRecordLeads(t *testing.T) {
	e := func(id employee.ID, worker employee.WorkerType, start, country string) Person {
		return Person{Record: employee.Employee{ID: id, WorkerType: worker, StartDate: day(t, start), Home: employee.Address{Country: country}}}
	}
	people := []Person{e("E1", employee.Contractor, "2010-01-01", "US"), e("E2", employee.FullTime, "", "DE"), e("E3", employee.FullTime, "2020-01-01", "DE"),
		e("E4", employee.FullTime, "2015-01-01", "KR"), e("E5", employee.FullTime, "2015-01-01", "DE")}
	for leading, want := range map[string]string{
		"":                    "E4 E5 E3 E2 E1", // employees, the oldest first; no day comes last; then the number
		`hr.country == "DE"`:  "E5 E3 E2 E4 E1",
		`hr.external`:         "E1 E4 E5 E3 E2",
		`hr.country == "XX"`:  "E4 E5 E3 E2 E1",
		`hr.start == "never"`: "E4 E5 E3 E2 E1",
	} {
		var got []string
		for _, p := range compile(t, Section{Leading: leading}).Order(people) {
			got = append(got, string(p.Record.ID))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", leading, got, want)
		}
	}
	r := compile(t, Section{Leading: `hr.title.split(" ")[4] == "x"`})
	if got := r.Role(people[:2]); len(got.Faults) != 2 || got.Faults[0].Rule != "mapping.leading" {
		t.Errorf("%+v", got)
	}
}

func TestRole_OfNobody_AndWithoutRules_IsNothing(t *testing.T) {
	if got := compile(t, Section{Groups: []Group{{Name: "staff"}}}).Role(nil); !reflect.DeepEqual(got, role.Role{}) {
		t.Errorf("%+v", got)
	}
	none := new(Rules)
	if got := none.Role([]Person{{Record: somebody(t)}}); !reflect.DeepEqual(got, role.Role{}) {
		t.Errorf("%+v", got)
	}
	if got := none.Order([]Person{{Record: employee.Employee{ID: "E2"}}, {Record: employee.Employee{ID: "E1"}}}); got[0].Record.ID != "E1" {
		t.Errorf("%+v", got)
	}
}

func TestRole_UnitThatIsNoPath_IsAFault(t *testing.T) {
	r := compile(t, Section{OrgUnit: "hr.department"})
	got := r.Role([]Person{{Record: employee.Employee{ID: "E1", Department: "Sales"}}})
	if got.OrgUnit != "" || len(got.Faults) != 1 || got.Faults[0].Rule != "mapping.org_unit" {
		t.Errorf("%+v", got)
	}
	if got := r.Role([]Person{{Record: employee.Employee{ID: "E1"}}}); got.OrgUnit != "" || len(got.Faults) > 0 {
		t.Errorf("%+v", got)
	}
}

// A role goes through histories and the store as JSON and must come back as it was.
func TestRole_KeepsItsValuesThroughJSON(t *testing.T) {
	r := compile(t, Section{Attributes: []Attribute{{Name: "a", Value: "3", Type: "integer"}, {Name: "b", Value: "hr.external", Type: "boolean"},
		{Name: "c", Value: "hr.title"}, {Name: "d", Value: `""`, Clear: true}}})
	got := r.Role([]Person{{Record: somebody(t)}})
	body, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back role.Role
	if err := json.Unmarshal(body, &back); err != nil || !reflect.DeepEqual(back, got) {
		t.Errorf("%+v, want %+v, %v", back, got, err)
	}
}

// Fuzzers of HR's side: whatever HR writes, the answer is a role.
func FuzzRole(f *testing.F) {
	r := compile(f, Section{
		Attributes: []Attribute{{Name: "level", Value: "hr.custom.level", Type: "integer"}, {Name: "first", Value: `initial(hr.title) + titled(hr.title)`},
			{Name: "until", Value: "hr.custom.until"}, {Name: "remote", Value: "hr.custom.remote", Type: "boolean"}, {Name: "d", Value: `hr.department.split(",")[0]`}},
		Groups: []Group{{Names: `prefixed("dept-", slug(hr.department))`}, {Name: "old", When: `hr.custom.level > 3`}}})
	f.Add("Engineer", "R&D", "3")
	f.Add("\xff", "ß", "NaN")
	f.Add("", "İ", "1e400")
	f.Fuzz(func(t *testing.T, title, department, custom string) {
		p := Person{Record: employee.Employee{ID: "E1", Title: title, Department: department, FirstName: title, LastName: department,
			Custom: employee.Custom{"level": {custom}, "until": {custom}, "remote": {custom}}}}
		a, b := r.Role([]Person{p}), r.Role([]Person{p})
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%+v, %+v", a, b)
		}
		for _, login := range r.Logins([]Person{p}).Wanted {
			local, domain, _ := strings.Cut(login, "@")
			if !localShape.MatchString(local) || len(local) > localMost || domain != "example.com" {
				t.Errorf("%q cannot be a login", login)
			}
		}
	})
}

// Rules are shared by every worker of a process.
func TestRules_AreUsedByManyAtOnce(t *testing.T) {
	r := compile(t, Section{
		Sets:       []Set{{Name: "s", When: `hr.country == "DE"`, Attributes: []Attribute{{Name: "x", Value: `"s"`}}}},
		Attributes: []Attribute{{Name: "x", Value: "hr.title"}, {Name: "y", Value: `hr.custom.perks.filter(p, p != "x").join(",")`}},
		Groups:     []Group{{Names: `prefixed("dept-", slug(hr.department))`}}})
	people := []Person{{Record: somebody(t)}, {Record: employee.Employee{ID: "E1", Department: "Sales"}}}
	want := r.Role(people)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if got := r.Role(people); !reflect.DeepEqual(got, want) {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		})
	}
	all.Wait()
}
