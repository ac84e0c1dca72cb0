package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/cel-go/cel"

	"tenure/internal/nearest"
)

// Settings are what a mapping takes from the rest of its policy.
type Settings struct {
	Company Company
	// Overlap is how long a group is kept where its rule does not say.
	Overlap time.Duration
	// Span reads a length of time as the policy writes it ("14d").
	Span func(string) (time.Duration, error)
}

// Fault is something wrong with a mapping: where in the policy file, what, and what to do about it.
type Fault struct {
	Field string // "mapping.attributes[3].value", as the file is nested
	Text  string
	Mend  string
}

// The values of [Login.Taken].
const (
	TakenAsk    = "ask"
	TakenNumber = "number"
)

// Rules are a mapping whose every expression was checked. They are used by many at once and never change.
type Rules struct {
	section     Section
	settings    Settings
	schema      schema
	attributes  []*attribute // by name
	groups      []*group
	sets        int
	from        *expression
	make        []*expression
	orgUnit     *expression
	leading     *expression
	expressions []*expression
}

// attribute is everything that decides one attribute, in the order in which it is tried.
type attribute struct {
	name, kind string
	rules      []*attributeRule
}

type attributeRule struct {
	name            string // "mapping.attributes.department"
	at              string // the field of the policy file
	set             int    // the set it belongs to; -1 for none
	setWhen, when   *expression
	value, def      *expression
	required, clear bool
}

type group struct {
	rule    string // its name, for people
	at      string
	name    string
	names   *expression
	when    *expression
	overlap time.Duration
}

// compiler goes through a section once.
type compiler struct {
	env         *cel.Env
	schema      schema
	settings    Settings
	faults      []Fault
	expressions []*expression
}

func (c *compiler) fault(field, text, mend string) {
	c.faults = append(c.faults, Fault{field, text, mend})
}

func (c *compiler) refuse(bad bool, field, text, mend string) {
	if bad {
		c.fault(field, text, mend)
	}
}

// Compile checks a mapping and makes it ready for use. Everything that is wrong with it is in the faults, and then
// there are no rules.
func Compile(s Section, settings Settings) (*Rules, []Fault) {
	c := &compiler{settings: settings}
	c.fields(s.Fields)
	c.schema = newSchema(s.Fields)
	env, err := environment(c.schema)
	if err != nil { // the environment is ours; only names of fields come from the policy, and those were checked
		c.fault("mapping", "its expressions cannot be read ("+err.Error()+")", "look at the names under mapping.fields")
		return nil, c.faults
	}
	c.env = env
	r := &Rules{section: s, settings: settings, schema: c.schema, sets: len(s.Sets)}
	c.login(s.Login, r)
	r.leading = c.optional("mapping.leading", s.Leading, givesTruth)
	r.orgUnit = c.optional("mapping.org_unit", s.OrgUnit, givesText)
	c.unitShape(r.orgUnit)
	r.attributes = c.attributes(s)
	for i, g := range s.Groups {
		r.groups = append(r.groups, c.group(g, i, s.Groups))
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	r.expressions = c.expressions
	return r, nil
}

// optional compiles an expression that may be left out.
func (c *compiler) optional(at, source string, want result) *expression {
	if strings.TrimSpace(source) == "" {
		return nil
	}
	return c.compile(at, source, want)
}

var (
	fieldShape     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	attributeShape = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	setShape       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	// reserved are words that CEL keeps for itself.
	reserved = []string{"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
		"namespace", "null", "package", "return", "true", "var", "void", "while"}
)

func (c *compiler) fields(declared map[string]Field) {
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		f, at := declared[name], "mapping.fields."+name
		c.refuse(!fieldShape.MatchString(name) || slices.Contains(reserved, name), at,
			fmt.Sprintf("%q cannot be written in an expression", name), "name it in lower case with letters, digits and _, for example cost_center")
		c.refuse(f.Field == "" && f.Group == "", at, "it is read from nowhere",
			"write field: the key of Namely's profile, or group: the title of a type of groups")
		c.refuse(f.Field != "" && f.Group != "", at, "it is read from two places", "write field or group, not both")
		c.refuse(f.Type != "" && !slices.Contains(kinds(), f.Type), at+".type", fmt.Sprintf("%q is not known here", f.Type),
			nearest.Mend(f.Type, kinds()))
		c.refuse(f.Group != "" && !slices.Contains([]string{"", Text, List}, f.Type), at+".type", "the name of a group is a text",
			"leave type out, or write list where somebody can be in several")
	}
}

func (c *compiler) login(l Login, r *Rules) {
	c.refuse(!slices.Contains([]string{"", TakenAsk, TakenNumber}, l.Taken), "mapping.login.taken",
		fmt.Sprintf("%q is not known here", l.Taken), "use one of ask, number")
	r.from = c.optional("mapping.login.from", l.From, givesText)
	for i, source := range l.Make {
		at := fmt.Sprintf("mapping.login.make[%d]", i)
		c.refuse(strings.TrimSpace(source) == "", at, "it is empty", `write it like plain(hr.first_name) + "." + plain(hr.last_name)`)
		r.make = append(r.make, c.optional(at, source, givesText))
	}
	if len(l.Make) == 0 {
		r.make = []*expression{c.compile("mapping.login.make", usualLogin, givesText)}
	}
}

// usualLogin is the part before the @ where the policy does not say.
const usualLogin = `plain(hr.first_name) + "." + plain(hr.last_name)`

// unitShape checks a path in Google that is written out.
func (c *compiler) unitShape(x *expression) {
	if x == nil {
		return
	}
	for _, unit := range x.literals {
		c.refuse(!x.computes && !strings.HasPrefix(unit, "/"), x.at, fmt.Sprintf("%q is not the path of an organisational unit", unit),
			`write it like "/Staff", in quotes of its own`)
	}
}

// attributes gathers the rules of each attribute, those of the sets first.
func (c *compiler) attributes(s Section) []*attribute {
	byName := map[string]*attribute{}
	names := map[string]bool{}
	for i, set := range s.Sets {
		at := fmt.Sprintf("mapping.sets[%d]", i)
		c.refuse(!setShape.MatchString(set.Name), at+".name", fmt.Sprintf("%q is no name for a set", set.Name),
			"name it with letters, digits, - and _, for example germany")
		c.refuse(names[set.Name], at+".name", "another set is called "+set.Name, "give each its own name")
		c.refuse(strings.TrimSpace(set.When) == "", at+".when", "the set is for everybody",
			"say for whom it is, or move its rules to mapping.attributes")
		c.refuse(len(set.Attributes) == 0, at+".attributes", "the set has no attributes", "list some, or leave the set out")
		names[set.Name] = true
		when := c.optional(at+".when", set.When, givesTruth)
		c.list(set.Attributes, at+".attributes", "mapping.sets."+set.Name+".", byName, func(r *attributeRule) {
			r.set, r.setWhen = i, when
		})
	}
	c.list(s.Attributes, "mapping.attributes", "mapping.attributes.", byName, func(r *attributeRule) { r.set = -1 })
	out := slices.Collect(maps.Values(byName))
	slices.SortFunc(out, func(a, b *attribute) int { return strings.Compare(a.name, b.name) })
	c.sameButForCase(out)
	return out
}

// sameButForCase refuses attributes that differ in nothing but upper and lower case: one of them is a slip, whose rules
// would never stand in for those of the other.
func (c *compiler) sameButForCase(sorted []*attribute) {
	first := map[string]string{}
	for _, a := range sorted {
		lower := strings.ToLower(a.name)
		other, known := first[lower]
		if !known {
			first[lower] = a.name
		}
		c.refuse(known, a.rules[0].at+".name", fmt.Sprintf("%s and %s differ in upper and lower case alone", other, a.name),
			"write one of the two everywhere, as Okta's profile editor does")
	}
}

// list compiles one list of rules; named is what their names for people begin with.
func (c *compiler) list(rules []Attribute, at, named string, into map[string]*attribute, belongs func(*attributeRule)) {
	count := map[string]int{}
	for i, a := range rules {
		here := fmt.Sprintf("%s[%d]", at, i)
		if !c.attributeShape(a, here) {
			continue
		}
		count[a.Name]++
		kind := cmp.Or(a.Type, typeString)
		rule := &attributeRule{name: numbered(named+a.Name, count[a.Name]), at: here, required: a.Required, clear: a.Clear,
			when:  c.optional(here+".when", a.When, givesTruth),
			value: c.optional(here+".value", a.Value, gives(kind)),
			def:   c.optional(here+".default", a.Default, gives(kind))}
		belongs(rule)
		whole := into[a.Name]
		if whole == nil {
			whole = &attribute{name: a.Name, kind: kind}
			into[a.Name] = whole
		}
		c.refuse(whole.kind != kind, here+".type", fmt.Sprintf("another rule has the attribute %s as %s", a.Name, whole.kind),
			"give all rules of one attribute the same type")
		whole.rules = append(whole.rules, rule)
	}
}

// numbered tells the rules of one name apart: the second is #2.
func numbered(name string, n int) string {
	if n > 1 {
		return fmt.Sprintf("%s#%d", name, n)
	}
	return name
}

// attributeShape checks what is no expression, and says whether the rest can be looked at.
func (c *compiler) attributeShape(a Attribute, at string) bool {
	before := len(c.faults)
	c.refuse(a.Name == "", at+".name", "the rule is for no attribute", "write Okta's name of it, for example department")
	c.refuse(a.Name != "" && !attributeShape.MatchString(a.Name), at+".name", fmt.Sprintf("%q is no name of an Okta attribute", a.Name),
		"write the variable name of the profile editor, for example countryCode")
	c.refuse(a.Name == "login", at+".name", "the login is not an attribute like others: it must be unique", "say under mapping.login how it is made")
	c.refuse(strings.TrimSpace(a.Value) == "", at+".value", fmt.Sprintf("the rule for %s gives no value", a.Name),
		"write an expression, for example hr.department")
	c.refuse(a.Type != "" && !slices.Contains(attributeTypes(), a.Type), at+".type", fmt.Sprintf("%q is not known here", a.Type),
		nearest.Mend(a.Type, attributeTypes()))
	return len(c.faults) == before
}

// everyone is Okta's own group of all, which nobody can be put into.
const everyone = "Everyone"

func (c *compiler) group(g Group, i int, all []Group) *group {
	at := fmt.Sprintf("mapping.groups[%d]", i)
	out := &group{at: at, name: strings.TrimSpace(g.Name), overlap: c.settings.Overlap}
	c.refuse(out.name == "" && strings.TrimSpace(g.Names) == "", at, "the rule names no group", "write name, or an expression as names")
	c.refuse(out.name != "" && strings.TrimSpace(g.Names) != "", at, "the rule has both name and names", "write one of the two")
	c.refuse(out.name == everyone, at+".name", "Okta itself puts everybody into "+everyone, "leave the rule out")
	if out.name != "" {
		c.groupName(at+".name", g.Name)
	}
	c.secondRule(at, i, all)
	out.rule = ruleName(i, all)
	if out.names = c.optional(at+".names", g.Names, givesNames); out.names != nil {
		for _, name := range out.names.literals {
			c.groupName(at+".names", name)
		}
	}
	out.when = c.optional(at+".when", g.When, givesTruth)
	if g.Overlap != "" && c.settings.Span != nil {
		long, err := c.settings.Span(g.Overlap)
		if err != nil {
			text, mend, _ := strings.Cut(err.Error(), "; ")
			c.fault(at+".overlap", text, mend)
		}
		out.overlap = long
	}
	return out
}

// ruleName is what people call the rule of a group by.
func ruleName(i int, all []Group) string {
	name := strings.TrimSpace(all[i].Name)
	if name == "" {
		return fmt.Sprintf("mapping.groups#%d", i+1)
	}
	n := 0
	for _, other := range all[:i+1] {
		if strings.TrimSpace(other.Name) == name {
			n++
		}
	}
	return numbered("mapping.groups."+name, n)
}

// longestGroup is how many characters Okta takes for the name of a group.
const longestGroup = 255

// groupName refuses a name as it stands that no group in Okta can have.
func (c *compiler) groupName(at, name string) {
	trimmed := strings.TrimSpace(name)
	switch n := len([]rune(name)); {
	case n > longestGroup:
		c.fault(at, fmt.Sprintf("the name has %d characters, which is more than the %d that Okta takes for a group", n, longestGroup),
			"write the name that the group has in Okta")
	case strings.ContainsFunc(name, unicode.IsControl):
		c.fault(at, fmt.Sprintf("%q has a line break or another character that cannot be seen", name), "write the name in one line, without | or > before it")
	case trimmed == "":
		c.fault(at, fmt.Sprintf("%q is no name of a group", name), "leave it out; [] is no group")
	case name != trimmed:
		c.fault(at, fmt.Sprintf("%q begins or ends with a blank", name), fmt.Sprintf("write %q, as the group is called in Okta", trimmed))
	}
}

// secondRule refuses a rule that is there twice: of the two only the first counts, also where they differ in the overlap.
func (c *compiler) secondRule(at string, i int, all []Group) {
	g := all[i]
	for first, other := range all[:i] {
		if groupSource(other) == groupSource(g) && groupSource(g) != (Group{When: strings.TrimSpace(g.When)}) {
			c.fault(at, fmt.Sprintf("it gives the same to the same people as rule %d of mapping.groups", first+1), "keep one of the two, or tell them apart by when")
			return
		}
	}
}

// groupSource is what a rule gives and to whom, as it is written.
func groupSource(g Group) Group {
	return Group{Name: strings.TrimSpace(g.Name), Names: strings.TrimSpace(g.Names), When: strings.TrimSpace(g.When)}
}
