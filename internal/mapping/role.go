package mapping

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"

	"tenure/internal/role"
)

// Role is what the records of one person that are working give together: the union of their groups, and the
// attributes of the record that leads. What HR does not say, and what cannot be evaluated, is in the faults; the rest
// holds. The same records give the same role, in whatever order they come.
func (r *Rules) Role(people []Person) role.Role {
	var out role.Role
	ordered, faults := r.order(people)
	out.Faults = faults
	if len(ordered) == 0 {
		return out
	}
	scenes := make([]*scene, len(ordered))
	for i, p := range ordered {
		scenes[i] = newScene(p, r.settings.Company)
	}
	e := &evaluation{Rules: r, scene: scenes[0], person: ordered[0], sets: make([]setState, r.sets), out: &out}
	for _, a := range r.attributes {
		e.attribute(a)
	}
	e.unit()
	for i, p := range ordered {
		g := &evaluation{Rules: r, scene: scenes[i], person: p, out: &out}
		for _, one := range r.groups {
			g.group(one)
		}
	}
	slices.SortStableFunc(out.Groups, func(a, b role.Grant) int { return strings.Compare(a.Group, b.Group) })
	// The first grant of a group stands for it: that of the leading record, and of the rule that comes first.
	out.Groups = slices.CompactFunc(out.Groups, func(a, b role.Grant) bool { return a.Group == b.Group })
	slices.Sort(out.Undecided)
	out.Undecided = slices.DeleteFunc(slices.Compact(out.Undecided), func(name string) bool {
		return slices.ContainsFunc(out.Groups, func(g role.Grant) bool { return g.Group == name })
	})
	return out
}

// Order puts the records of one person in order, the leading one first: those of which mapping.leading is true, then
// an employee's before an external's, then the one that began first.
func (r *Rules) Order(people []Person) []Person {
	out, _ := r.order(people)
	return out
}

func (r *Rules) order(people []Person) ([]Person, []role.Fault) {
	var faults []role.Fault
	type ranked struct {
		Person
		leads bool
	}
	all := make([]ranked, len(people))
	for i, p := range people {
		all[i] = ranked{Person: p}
		if r.leading == nil {
			continue
		}
		leads, err := r.leading.holds(newScene(p, r.settings.Company))
		if err != nil {
			faults = append(faults, cannot("mapping.leading", p, err))
		}
		all[i].leads = leads
	}
	slices.SortFunc(all, func(a, b ranked) int {
		x, y := a.Record, b.Record
		return cmp.Or(-truthOrder(a.leads, b.leads), truthOrder(x.WorkerType.External(), y.WorkerType.External()),
			truthOrder(x.StartDate.IsZero(), y.StartDate.IsZero()), strings.Compare(x.StartDate.String(), y.StartDate.String()),
			strings.Compare(string(x.ID), string(y.ID)), strings.Compare(x.ProfileID, y.ProfileID))
	})
	out := make([]Person, len(all))
	for i, one := range all {
		out[i] = one.Person
	}
	slices.SortStableFunc(faults, func(a, b role.Fault) int { return strings.Compare(a.Text, b.Text) })
	return out, faults
}

// truthOrder puts no before yes.
func truthOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// evaluation is one record under the rules.
type evaluation struct {
	*Rules
	scene  *scene
	person Person
	sets   []setState
	out    *role.Role
}

// setState is whether a set is for this record, asked once.
type setState struct {
	asked, holds bool
	err          error
}

// cannot is the fault of a rule that could not be applied.
func cannot(rule string, p Person, err error) role.Fault {
	mend := "correct the rule in the policy, so that it holds for such a record too"
	if strings.HasPrefix(err.Error(), hrSays) {
		mend = "correct it in HR's record"
	}
	return role.Fault{Rule: rule, Text: fmt.Sprintf("the rule cannot be applied to %s: %s", name(p), err), Mend: mend}
}

// name is how a fault calls somebody: by number.
func name(p Person) string { return cmp.Or(string(p.Record.ID), "a record without a number") }

func (e *evaluation) fails(rule string, err error) {
	e.out.Faults = append(e.out.Faults, cannot(rule, e.person, err))
}

// fit says whether a rule is for this record.
func (e *evaluation) fit(r *attributeRule) (bool, error) {
	if r.set >= 0 {
		s := &e.sets[r.set]
		if !s.asked {
			s.asked = true
			s.holds, s.err = r.setWhen.holds(e.scene)
		}
		if s.err != nil || !s.holds {
			return false, s.err
		}
	}
	return r.when.holds(e.scene)
}

// attribute takes the first rule that fits and gives a value. A rule that cannot be applied ends the search, and what
// is in Okta stays: a later rule might give what this one was there to prevent.
func (e *evaluation) attribute(a *attribute) {
	var missing, clears *attributeRule
	for _, r := range a.rules {
		if r.clear && clears == nil {
			clears = r
		}
		fits, err := e.fit(r)
		var value any
		if err == nil && fits {
			value, err = e.value(a.kind, r)
		}
		switch {
		case err != nil:
			e.fails(r.name, err)
			return
		case value != nil:
			e.give(a.name, value, r.name)
			return
		case fits && r.required && missing == nil:
			missing = r
		}
	}
	if missing != nil {
		e.out.Faults = append(e.out.Faults, e.lacks(a, missing))
		return // what is there is better than nothing
	}
	if clears != nil {
		e.give(a.name, nil, clears.name)
	}
}

func (e *evaluation) give(name string, value any, rule string) {
	e.out.Attributes = append(e.out.Attributes, role.Attribute{Name: name, Value: value, Rule: rule, Record: e.person.Record.ID})
}

// value is what a rule gives, or its default; nil for nothing.
func (e *evaluation) value(kind string, r *attributeRule) (any, error) {
	for _, x := range []*expression{r.value, r.def} {
		if x == nil || x.blank(e.scene, e.schema) {
			continue
		}
		if v, err := e.canonical(kind, x); err != nil || v != nil {
			return v, err
		}
	}
	return nil, nil
}

// canonical evaluates an expression to what Okta takes for an attribute of that type: a string, bool, float64 or
// []string. A text without letters and a list without elements are nothing.
func (e *evaluation) canonical(kind string, x *expression) (any, error) {
	switch kind {
	case typeArray:
		list, err := x.texts(e.scene)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return list, nil
	case typeBoolean:
		return either(x.holds(e.scene))
	}
	v, err := x.evaluate(e.scene)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case types.String:
		if s := strings.TrimSpace(string(v)); s != "" {
			return s, nil
		}
		return nil, nil
	case types.Int:
		return float64(v), nil
	case types.Double:
		return aNumber(float64(v), kind)
	}
	return nil, fmt.Errorf("it gives %s", typeInWords(v.Type()))
}

func either(b bool, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}

func aNumber(n float64, kind string) (any, error) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("it gives no number")
	}
	if kind == typeInteger && n != math.Trunc(n) {
		return nil, fmt.Errorf("it gives a number with a fraction, where Okta takes whole numbers")
	}
	return n, nil
}

// lacks is the fault of a required attribute without a value: it says what HR must fill in.
func (e *evaluation) lacks(a *attribute, r *attributeRule) role.Fault {
	var blank []string
	for _, read := range r.value.reads {
		f, ok := e.schema.find(read.path)
		from := e.scene.hr
		if read.of == "manager" {
			from = e.scene.manager
		}
		if ok && f.set != nil && !f.set(from) {
			blank = append(blank, e.inHR(read))
		}
	}
	mend := "fill in " + strings.Join(blank, " and ") + " in HR's record"
	if len(blank) == 0 {
		mend = "look at what the rule is made of, or give it a default"
	}
	return role.Fault{Rule: r.name, Text: fmt.Sprintf("HR's record of %s gives no value for the attribute %s, which is required", name(e.person), a.name), Mend: mend}
}

// inHR is what HR calls a field.
func (e *evaluation) inHR(read reading) string {
	last := read.path[len(read.path)-1]
	words := strings.ReplaceAll(strings.Join(read.path, " "), "_", " ")
	declared, custom := e.section.Fields[last]
	if custom = custom && read.path[0] == "custom"; custom {
		words = fmt.Sprintf("%q", cmp.Or(declared.Field, declared.Group))
	}
	switch {
	case read.of == "manager" && e.scene.manager.nobody:
		return "the manager"
	case read.of == "manager":
		return "the manager's " + words
	case custom:
		return words
	}
	return "the " + words
}

// unit is the organisational unit.
func (e *evaluation) unit() {
	if e.orgUnit == nil {
		return
	}
	units, err := e.orgUnit.texts(e.scene)
	switch {
	case err != nil:
		e.fails("mapping.org_unit", err)
	case len(units) == 0: // left where it is
	case !strings.HasPrefix(units[0], "/"):
		e.fails("mapping.org_unit", fmt.Errorf("it gives %q, which is not the path of an organisational unit", units[0]))
	default:
		e.out.OrgUnit = units[0]
	}
}

// group gives the groups of one rule.
func (e *evaluation) group(g *group) {
	fits, err := g.when.holds(e.scene)
	var names []string
	switch {
	case err != nil || !fits:
	case g.names != nil:
		names, err = g.names.texts(e.scene)
	default:
		names = []string{g.name}
	}
	if err != nil {
		e.fails(g.rule, err)
		e.out.Undecided = append(e.out.Undecided, g.possible()...)
		e.out.KeepAll = e.out.KeepAll || g.computes()
		return
	}
	for _, n := range names {
		if n == everyone { // Okta's own
			continue
		}
		e.out.Groups = append(e.out.Groups, role.Grant{Group: n, Rule: g.rule, Record: e.person.Record.ID, Overlap: g.overlap})
	}
}

// computes says whether a rule gives groups besides those that it names.
func (g *group) computes() bool { return g.names != nil && g.names.computes }

// possible are the groups that a rule can give as far as it names them.
func (g *group) possible() []string {
	if g.names != nil {
		return g.names.literals
	}
	return []string{g.name}
}
