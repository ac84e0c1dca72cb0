package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
)

var settings = Settings{
	Company: Company{Name: "Example Company", Domain: "example.com"},
	Overlap: time.Hour,
	Span: func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, errors.New("it is no length of time; write one like 2h")
		}
		return d, nil
	},
}

// declared are the further fields of the tests.
var declared = map[string]Field{
	"level": {Field: "job_level", Type: Number}, "perks": {Field: "perks", Type: List}, "until": {Field: "ends_on", Type: Day},
	"remote": {Field: "works_remotely", Type: YesNo}, "nick": {Field: "preferred_name"}, "cost_center": {Group: "Cost Center"},
}

func compile(t testing.TB, s Section) *Rules {
	t.Helper()
	if s.Fields == nil {
		s.Fields = declared
	}
	r, faults := Compile(s, settings)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r
}

// refused wants exactly one fault, and that it says so.
func refused(t *testing.T, faults []Fault, want Fault) {
	t.Helper()
	if len(faults) != 1 || faults[0] != want {
		t.Errorf("got  %+v\nwant %+v", faults, want)
	}
}

// Each row is an expression for a text that cannot be meant, and what is said about it.
func TestCompile_SaysWhatIsWrongWithAnExpression(t *testing.T) {
	for _, c := range []struct{ source, text, mend string }{
		{`hr.departmnt`, "hr.departmnt: the record has no field departmnt (at character 3)", "did you mean department?"},
		{`manager.titel`, "manager.titel: the record has no field titel (at character 8)", "did you mean title?"},
		{`hr.level`, "hr.level: the record has no field level (at character 3)", "write hr.custom.level"},
		{`hr.custom.levl`, "hr.custom.levl: hr.custom has no field levl (at character 10)", "did you mean level?"},
		{`hr.custom.badge`, "hr.custom.badge: hr.custom has no field badge (at character 10)",
			"declare it in mapping.fields, or use one of cost_center, level, nick, perks, remote, until"},
		{`hr.home.cty`, "hr.home.cty: hr.home has no field cty (at character 8)", "did you mean city?"},
		{`company.nme`, "company.nme: company has no field nme (at character 8)", "did you mean name?"},
		{`title`, "title: title is not known here", "write hr.title"},
		{`manger.id`, "manger.id: manger is not known here", "did you mean manager?"},
		{`Berlin`, "Berlin: Berlin is not known here", `a text stands in quotes of its own: '"Berlin"'; what HR says begins with hr. or manager.`},
		{`hr.title.lowerAsci()`, "hr.title.lowerAsci(): lowerAsci is not known here (at character 19)", "did you mean lowerAscii?"},
		{`hr.title + 1`, "hr.title + 1: + cannot be applied to a text and a whole number (at character 10)", "turn numbers into texts with string(...)"},
		{`plain(hr.custom.level)`, "plain(hr.custom.level): plain() cannot be applied to a number (at character 6)", "give it what it takes: see docs/mapping.md"},
		{`hr.title.plain()`, "hr.title.plain(): plain() cannot be applied to a text (at character 15)", "write plain(...), with what it is of in the brackets"},
		{`hr.external ? "a" : 1`, `hr.external ? "a" : 1: the choice ... ? ... : ... cannot be applied to yes or no, a text and a whole number (at character 13)`, "let both sides give the same type"},
		{`hr.custom.level == 5 ? "a" : "b"`, `hr.custom.level == 5 ? "a" : "b": == cannot be applied to a number and a whole number (at character 17)`, "write numbers with a point, such as 5.0"},
		{`hr.title == null ? "a" : "b"`, `hr.title == null ? "a" : "b": == cannot be applied to a text and null (at character 10)`, `what HR leaves blank is the empty text "": compare with that, or ask has(...)`},
		{`hr.custom.perks == "x" ? "a" : "b"`, `hr.custom.perks == "x" ? "a" : "b": == cannot be applied to a list of texts and a text (at character 17)`, `ask whether a list has something: "x" in hr.custom.list`},
		{`hr.title = "x"`, `hr.title = "x": it is no expression (token recognition error at: '= ') (at character 10)`, "compare with =="},
		{`hr.external and hr.on_leave`, "hr.external and hr.on_leave: it is no expression (mismatched input 'and' expecting <EOF>) (at character 13)", "write && for and"},
		{`hr.title &&`, "hr.title &&: it is no expression (mismatched input '<EOF>') (at character 12)", "it is CEL: see docs/mapping.md for what an expression can say"},
		{"hr.title +\n  hr.nothing_here", "hr.title + hr.nothing_here: the record has no field nothing_here (line 2 of the expression, character 5)", ""},
		{`hr.title.first`, "hr.title.first: a text has no fields (at character 9)", "it is CEL: see docs/mapping.md for what an expression can say"},
		{`hr.external`, "the expression gives yes or no, where a text is wanted", "turn it into a text with string(...)"},
		{`hr`, "the expression gives a whole record, where a text is wanted", "turn it into a text with string(...)"},
		{`dyn(hr.title)`, "the expression gives a value of which the type cannot be told, where a text is wanted", "turn it into a text with string(...)"},
		{`hr.title.matches("(") ? "a" : "b"`, "", "write it more simply; a pattern for matches() is RE2's"},
		{`"` + strings.Repeat("x", longest) + `"`, "the expression has 2002 characters, which is more than 2000", "make it shorter, or several rules of it"},
	} {
		t.Run(c.source[:min(len(c.source), 40)], func(t *testing.T) {
			_, faults := Compile(Section{Fields: declared, Attributes: []Attribute{{Name: "x", Value: c.source}}}, settings)
			if len(faults) != 1 {
				t.Fatalf("%+v", faults)
			}
			got := faults[0]
			if got.Field != "mapping.attributes[0].value" || c.text != "" && got.Text != c.text || c.mend != "" && got.Mend != c.mend || got.Mend == "" {
				t.Errorf("got:\n%+v\nwant:\n%s; %s", got, c.text, c.mend)
			}
		})
	}
}

// Each row is a section that cannot be meant.
func TestCompile_SaysWhatIsWrongWithASection(t *testing.T) {
	a := func(a Attribute) Section { return Section{Attributes: []Attribute{a}} }
	one := []Attribute{{Name: "x", Value: "hr.title"}}
	for _, c := range []struct {
		name    string
		section Section
		want    Fault
	}{
		{"field from nowhere", Section{Fields: map[string]Field{"a": {}}},
			Fault{"mapping.fields.a", "it is read from nowhere", "write field: the key of Namely's profile, or group: the title of a type of groups"}},
		{"field from two places", Section{Fields: map[string]Field{"a": {Field: "x", Group: "y"}}},
			Fault{"mapping.fields.a", "it is read from two places", "write field or group, not both"}},
		{"field that cannot be written", Section{Fields: map[string]Field{"Cost-Center": {Field: "x"}}},
			Fault{"mapping.fields.Cost-Center", `"Cost-Center" cannot be written in an expression`, "name it in lower case with letters, digits and _, for example cost_center"}},
		{"field that is a word of CEL", Section{Fields: map[string]Field{"in": {Field: "x"}}},
			Fault{"mapping.fields.in", `"in" cannot be written in an expression`, "name it in lower case with letters, digits and _, for example cost_center"}},
		{"field of no type", Section{Fields: map[string]Field{"a": {Field: "x", Type: "numbr"}}},
			Fault{"mapping.fields.a.type", `"numbr" is not known here`, "did you mean number?"}},
		{"group of a type", Section{Fields: map[string]Field{"a": {Group: "x", Type: Number}}},
			Fault{"mapping.fields.a.type", "the name of a group is a text", "leave type out, or write list where somebody can be in several"}},
		{"taken", Section{Login: Login{Taken: "steal"}}, Fault{"mapping.login.taken", `"steal" is not known here`, "use one of ask, number"}},
		{"make nothing", Section{Login: Login{Make: []string{" "}}},
			Fault{"mapping.login.make[0]", "it is empty", `write it like plain(hr.first_name) + "." + plain(hr.last_name)`}},
		{"unit without a slash", Section{OrgUnit: `"Staff"`},
			Fault{"mapping.org_unit", `"Staff" is not the path of an organisational unit`, `write it like "/Staff", in quotes of its own`}},
		{"leading is no condition", Section{Leading: "hr.title"},
			Fault{"mapping.leading", "the expression gives a text, where yes or no is wanted", `write a condition, such as hr.country == "DE"`}},
		{"attribute without a name", a(Attribute{Value: "hr.title"}),
			Fault{"mapping.attributes[0].name", "the rule is for no attribute", "write Okta's name of it, for example department"}},
		{"attribute with a label", a(Attribute{Name: "Country code", Value: "hr.country"}),
			Fault{"mapping.attributes[0].name", `"Country code" is no name of an Okta attribute`, "write the variable name of the profile editor, for example countryCode"}},
		{"login as an attribute", a(Attribute{Name: "login", Value: "hr.email"}),
			Fault{"mapping.attributes[0].name", "the login is not an attribute like others: it must be unique", "say under mapping.login how it is made"}},
		{"attribute without a value", a(Attribute{Name: "x"}),
			Fault{"mapping.attributes[0].value", "the rule for x gives no value", "write an expression, for example hr.department"}},
		{"attribute of no type", a(Attribute{Name: "x", Value: "hr.title", Type: "text"}),
			Fault{"mapping.attributes[0].type", `"text" is not known here`, "use one of string, boolean, integer, number, array"}},
		{"attribute of two types", Section{Attributes: []Attribute{{Name: "x", Value: "hr.title", When: "hr.external"}, {Name: "x", Value: "hr.external", Type: "boolean"}}},
			Fault{"mapping.attributes[1].type", "another rule has the attribute x as string", "give all rules of one attribute the same type"}},
		{"a text for a number", a(Attribute{Name: "x", Value: "hr.title", Type: "integer"}),
			Fault{"mapping.attributes[0].value", "the expression gives a text, where a number is wanted", "turn a text into a number with double(...), or declare the field as a number in mapping.fields"}},
		{"a text for an array", a(Attribute{Name: "x", Value: "hr.title", Type: "array"}),
			Fault{"mapping.attributes[0].value", "the expression gives a text, where a list of texts is wanted", `write [hr.title], or ["a", "b"]`}},
		{"a default of another type", a(Attribute{Name: "x", Value: "hr.title", Default: "1"}),
			Fault{"mapping.attributes[0].default", "the expression gives a whole number, where a text is wanted", "turn it into a text with string(...)"}},
		{"a condition that is none", a(Attribute{Name: "x", Value: "hr.title", When: "hr.country"}),
			Fault{"mapping.attributes[0].when", "the expression gives a text, where yes or no is wanted", `write a condition, such as hr.country == "DE"`}},
		{"set without a name", Section{Sets: []Set{{When: "hr.external", Attributes: one}}},
			Fault{"mapping.sets[0].name", `"" is no name for a set`, "name it with letters, digits, - and _, for example germany"}},
		{"sets of one name", Section{Sets: []Set{{Name: "a", When: "hr.external", Attributes: one}, {Name: "a", When: "hr.external", Attributes: one}}},
			Fault{"mapping.sets[1].name", "another set is called a", "give each its own name"}},
		{"set for everybody", Section{Sets: []Set{{Name: "a", Attributes: one}}},
			Fault{"mapping.sets[0].when", "the set is for everybody", "say for whom it is, or move its rules to mapping.attributes"}},
		{"set without attributes", Section{Sets: []Set{{Name: "a", When: "hr.external"}}},
			Fault{"mapping.sets[0].attributes", "the set has no attributes", "list some, or leave the set out"}},
		{"group without a name", Section{Groups: []Group{{When: "hr.external"}}},
			Fault{"mapping.groups[0]", "the rule names no group", "write name, or an expression as names"}},
		{"group with both", Section{Groups: []Group{{Name: "a", Names: `"b"`}}},
			Fault{"mapping.groups[0]", "the rule has both name and names", "write one of the two"}},
		{"everyone", Section{Groups: []Group{{Name: "Everyone"}}},
			Fault{"mapping.groups[0].name", "Okta itself puts everybody into Everyone", "leave the rule out"}},
		{"names that are none", Section{Groups: []Group{{Names: "hr.external"}}},
			Fault{"mapping.groups[0].names", "the expression gives yes or no, where the name of a group or a list of names is wanted", `write it like "dept-" + slug(hr.department)`}},
		{"group with a blank", Section{Groups: []Group{{Name: "staff "}}},
			Fault{"mapping.groups[0].name", `"staff " begins or ends with a blank`, `write "staff", as the group is called in Okta`}},
		{"group in two lines", Section{Groups: []Group{{Name: "all\nstaff"}}},
			Fault{"mapping.groups[0].name", `"all\nstaff" has a line break or another character that cannot be seen`, "write the name in one line, without | or > before it"}},
		{"group that ends with a line break", Section{Groups: []Group{{Name: "staff\n"}}},
			Fault{"mapping.groups[0].name", `"staff\n" has a line break or another character that cannot be seen`, "write the name in one line, without | or > before it"}},
		{"group with a long name", Section{Groups: []Group{{Name: strings.Repeat("ä", 255)}, {Name: strings.Repeat("ä", 256)}}},
			Fault{"mapping.groups[1].name", "the name has 256 characters, which is more than the 255 that Okta takes for a group", "write the name that the group has in Okta"}},
		{"names with a blank", Section{Groups: []Group{{Names: `["a", " b"]`}}},
			Fault{"mapping.groups[0].names", `" b" begins or ends with a blank`, `write "b", as the group is called in Okta`}},
		{"names of blanks", Section{Groups: []Group{{Names: `hr.external ? ["a"] : [" "]`}}},
			Fault{"mapping.groups[0].names", `" " is no name of a group`, "leave it out; [] is no group"}},
		{"a group twice", Section{Groups: []Group{{Name: "a", When: "hr.external"}, {Name: "a"}, {Name: "a", When: " hr.external ", Overlap: "2h"}}},
			Fault{"mapping.groups[2]", "it gives the same to the same people as rule 1 of mapping.groups", "keep one of the two, or tell them apart by when"}},
		{"names twice", Section{Groups: []Group{{Names: "hr.title"}, {Names: "hr.title"}}},
			Fault{"mapping.groups[1]", "it gives the same to the same people as rule 1 of mapping.groups", "keep one of the two, or tell them apart by when"}},
		{"attributes that differ in case", Section{Attributes: []Attribute{{Name: "title", Value: "hr.title"}, {Name: "Title", Value: "hr.title"}}},
			Fault{"mapping.attributes[0].name", "Title and title differ in upper and lower case alone", "write one of the two everywhere, as Okta's profile editor does"}},
		{"attribute of a set that differs in case", Section{Attributes: one, Sets: []Set{{Name: "a", When: "hr.external", Attributes: []Attribute{{Name: "X", Value: "hr.title"}}}}},
			Fault{"mapping.attributes[0].name", "X and x differ in upper and lower case alone", "write one of the two everywhere, as Okta's profile editor does"}},
		{"a condition that fails for everybody", Section{Groups: []Group{{Name: "a", When: "1 / 0 == 1"}}},
			Fault{"mapping.groups[0].when", "the expression can be applied to nobody: it divides by zero", "correct it: it is the same for everybody, because it reads neither hr nor manager"}},
		{"overlap", Section{Groups: []Group{{Name: "a", Overlap: "two weeks"}}},
			Fault{"mapping.groups[0].overlap", "it is no length of time", "write one like 2h"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, faults := Compile(c.section, settings)
			if r != nil {
				t.Error("there are rules all the same")
			}
			refused(t, faults, c.want)
		})
	}
}

func TestCompile_NamesEveryFaultInOneGo(t *testing.T) {
	_, faults := Compile(Section{Leading: "x", OrgUnit: "y", Groups: []Group{{Name: "a", When: "z"}, {}}}, settings)
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Field)
	}
	if got, want := strings.Join(fields, " "), "mapping.leading mapping.org_unit mapping.groups[0].when mapping.groups[1]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// An expression that would take for ever, or fill the memory, ends and is a fault of its rule alone.
func TestRole_AnExpressionThatTakesTooLong_IsStopped(t *testing.T) {
	loop := "true"
	for i := range 9 {
		loop = fmt.Sprintf("[1,2,3,4,5,6,7,8,9,10].all(x%d, %s)", i, loop)
	}
	grow := `"aaaaaaaaaa"` + strings.Repeat(`.replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")`, 20)
	r := compile(t, Section{
		Attributes: []Attribute{{Name: "grow", Value: grow}, {Name: "title", Value: "hr.title"}},
		Groups:     []Group{{Name: "loop", When: loop}, {Name: "staff"}},
	})
	got := r.Role([]Person{{Record: employee.Employee{ID: "E1", Title: "Engineer"}}})
	if len(got.Attributes) != 1 || len(got.Groups) != 1 || len(got.Faults) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, f := range got.Faults {
		if !strings.Contains(f.Text, "E1: it takes too long; make it simpler") {
			t.Errorf("%+v", f)
		}
	}
}

func TestNames_AreWhatTheRulesNameAsTheyStand(t *testing.T) {
	r := compile(t, Section{
		Attributes: []Attribute{{Name: "title", Value: "hr.title"}, {Name: "city", Value: "hr.city"}},
		Groups: []Group{{Name: "staff"}, {Name: "staff", When: "hr.external"},
			{Names: `hr.external ? ["b", "a"] : hr.on_leave ? ["c"] : []`}, {Names: `["d"] + ["e", hr.title]`}, {Names: `"f"`}}})
	names, computed := r.Names()
	if got := strings.Join(names, " "); got != "a b c d e f staff" || !computed {
		t.Errorf("%s, computed %v", got, computed)
	}
	if got := strings.Join(r.Attributes(), " "); got != "city title" {
		t.Error(got)
	}
	if names, computed := compile(t, Section{Groups: []Group{{Names: `"dept-" + slug(hr.department)`}}}).Names(); len(names) > 0 || !computed {
		t.Errorf("%v, computed %v", names, computed)
	}
}

// Whatever stands in the place of an expression, the answer is rules or faults.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"hr.title", `hr.country == "DE" ? "a" : "b"`, "[1,2].map(x, x)", "hr.custom.perks.filter(p, p != \"\").join(\",\")", "((((", "dyn(hr).x", "has(hr)"} {
		f.Add(seed)
	}
	p := Person{Record: employee.Employee{ID: "E1", Title: "x", Custom: employee.Custom{"level": {"3"}, "perks": {"a", "b"}}}}
	f.Fuzz(func(t *testing.T, source string) {
		for _, s := range []Section{
			{Attributes: []Attribute{{Name: "x", Value: source}}}, {Groups: []Group{{Names: source}}}, {Groups: []Group{{Name: "a", When: source}}},
			{Attributes: []Attribute{{Name: "x", Value: source, Type: "integer"}}},
		} {
			s.Fields = declared
			r, faults := Compile(s, settings)
			if (r == nil) != (len(faults) > 0) {
				t.Fatalf("rules %v, faults %v", r, faults)
			}
			for _, fault := range faults {
				if fault.Field == "" || fault.Text == "" || fault.Mend == "" {
					t.Errorf("%+v", fault)
				}
			}
			if r != nil {
				r.Role([]Person{p})
			}
		}
	})
}
