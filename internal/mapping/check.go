package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenure/internal/nearest"
)

// NamelyField is a field of the Namely account, as /profiles/fields lists it.
type NamelyField struct {
	Name  string // the key in a profile
	Label string
	Type  string // Namely's word: text, number, date, select, checkboxes, ...
}

// readAs are the kinds that each of Namely's types of field can be read as. What is not in it (files, pay, addresses,
// references with a history) holds no plain value. A type that Namely adds is taken for a text.
var readAs = map[string][]string{
	"text":            {Text, Number, Day, YesNo, List},
	"longtext":        {Text},
	"email":           {Text},
	"number":          {Text, Number},
	"date":            {Text, Day},
	"select":          {Text, Number, YesNo, List},
	"referenceselect": {Text, List},
	"checkboxes":      {List, YesNo},
}

// without are Namely's types that hold no plain value.
var without = []string{"address", "file", "image", "referencehistory", "salary"}

// CheckFields compares the mapping with the fields and the types of groups that the Namely account really has.
func (r *Rules) CheckFields(fields []NamelyField, groupTypes []string) []Fault {
	c := &compiler{schema: r.schema}
	for _, name := range slices.Sorted(maps.Keys(r.section.Fields)) {
		at, declared := "mapping.fields."+name, r.section.Fields[name]
		if declared.Group != "" {
			c.groupType(at+".group", declared.Group, groupTypes)
			continue
		}
		c.namelyField(at, declared, fields)
	}
	c.builtIns(r.expressions, fields)
	return c.faults
}

func (c *compiler) groupType(at, title string, groupTypes []string) {
	known := slices.ContainsFunc(groupTypes, func(t string) bool { return strings.EqualFold(t, title) })
	c.refuse(!known, at, fmt.Sprintf("Namely has no type of groups called %q", title), nearest.Mend(title, groupTypes))
}

func (c *compiler) namelyField(at string, declared Field, fields []NamelyField) {
	i := slices.IndexFunc(fields, func(f NamelyField) bool { return f.Name == declared.Field })
	if i < 0 {
		c.fault(at+".field", fmt.Sprintf("Namely has no field %q, or Tenure's token may not see it", declared.Field), mendKey(declared.Field, fields))
		return
	}
	found, kind := fields[i], cmp.Or(declared.Type, Text)
	if slices.Contains(without, found.Type) {
		c.fault(at+".field", fmt.Sprintf("%q is of Namely's type %s, which holds no plain value", found.Name, found.Type), "name another field")
		return
	}
	fits, known := readAs[found.Type]
	c.refuse(known && !slices.Contains(fits, kind), at+".type",
		fmt.Sprintf("%q is of Namely's type %s, which cannot be read as %s", found.Name, found.Type, kind), "write type: "+strings.Join(fits, " or "))
}

// mendKey helps whoever wrote what the field is called on the screen instead of its key.
func mendKey(wanted string, fields []NamelyField) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
		if strings.EqualFold(f.Label, wanted) {
			return fmt.Sprintf("that is its label: write the key, %s", f.Name)
		}
	}
	if best, ok := nearest.Word(wanted, names); ok {
		return "did you mean " + best + "?"
	}
	return "write a key that /profiles/fields lists; a key stays when the field is renamed"
}

// builtIns compares what expressions read of every record. A list without the names of people is one without the
// fields that come with every account, and says nothing about those.
func (c *compiler) builtIns(expressions []*expression, fields []NamelyField) {
	has := func(name string) bool {
		return slices.ContainsFunc(fields, func(f NamelyField) bool { return f.Name == name })
	}
	if !has("first_name") {
		return
	}
	for _, x := range expressions {
		for _, read := range x.reads {
			f, ok := c.schema.find(read.path)
			c.refuse(ok && read.path[0] != "custom" && f.namely != "" && !has(f.namely), x.at,
				fmt.Sprintf("%s is Namely's field %s, which this account does not have or Tenure's token may not see", read, f.namely),
				"let the token's role see the field, or leave "+read.String()+" out")
		}
	}
}

// OktaAttribute is an attribute of Okta's user schema.
type OktaAttribute struct {
	Name     string
	Type     string // string, boolean, integer, number, array
	Required bool
	Enum     []string
	Max      int    // characters; 0 for no bound
	Master   string // who may write it: OKTA, PROFILE_MASTER, OVERRIDE
}

// others are attributes that are written whatever the mapping says: they make an account the person's.
var others = []string{"login", "email", "employeeNumber"}

// overridden is the master of an attribute that other systems write before Okta.
const overridden = "OVERRIDE"

// CheckSchema compares the mapping with what an Okta user can really have, and with those of [Rules.Names] that Okta
// does not have as groups.
func (r *Rules) CheckSchema(attributes []OktaAttribute, missingGroups []string) []Fault {
	c := &compiler{}
	for _, a := range r.attributes {
		i := slices.IndexFunc(attributes, func(o OktaAttribute) bool { return o.Name == a.name })
		if i < 0 {
			c.unknownAttribute(a, attributes)
			continue
		}
		c.attributeFits(a, attributes[i])
	}
	for _, o := range attributes {
		c.refuse(o.Required && !slices.Contains(others, o.Name) && !slices.Contains(r.Attributes(), o.Name), "mapping.attributes",
			fmt.Sprintf("Okta requires the attribute %s of every user, and no rule writes it", o.Name), "add a rule for it")
	}
	for _, g := range r.groups {
		c.missingGroup(g, missingGroups)
	}
	return c.faults
}

func (c *compiler) unknownAttribute(a *attribute, attributes []OktaAttribute) {
	var names []string
	for _, o := range attributes {
		names = append(names, o.Name)
	}
	mend := "add it to Okta's user profile (Profile Editor), or leave the rule out"
	if best, ok := nearest.Word(a.name, names); ok {
		mend = "did you mean " + best + "? otherwise " + mend
	}
	c.fault(a.rules[0].at+".name", fmt.Sprintf("Okta's users have no attribute %s", a.name), mend)
}

func (c *compiler) attributeFits(a *attribute, o OktaAttribute) {
	at := a.rules[0].at
	whole := a.kind == typeInteger && o.Type == typeNumber // every whole number is a number
	c.refuse(a.kind != o.Type && !whole, at+".type", fmt.Sprintf("the attribute %s is of type %s in Okta, not %s", a.name, o.Type, a.kind), "write type: "+o.Type)
	c.refuse(o.Master == overridden, at+".name", fmt.Sprintf("the attribute %s is written by another system, which Okta obeys before Tenure", a.name),
		"leave it to that system, or make Okta its source in the Profile Editor")
	for _, r := range a.rules {
		c.literalsFit(r.value, a.name, o)
		c.literalsFit(r.def, a.name, o)
	}
}

// literalsFit checks the texts that an expression gives as they stand. What is computed is checked by Okta alone.
func (c *compiler) literalsFit(x *expression, name string, o OktaAttribute) {
	if x == nil {
		return
	}
	for _, text := range x.literals {
		c.refuse(o.Max > 0 && len([]rune(text)) > o.Max, x.at, fmt.Sprintf("%q is longer than the %d characters that Okta takes for %s", text, o.Max, name), "shorten it")
		c.refuse(len(o.Enum) > 0 && !slices.Contains(o.Enum, text), x.at, fmt.Sprintf("%q is none of the values that Okta takes for %s", text, name), nearest.Mend(text, o.Enum))
	}
}

func (c *compiler) missingGroup(g *group, missing []string) {
	at := g.at + ".name"
	if g.names != nil {
		at = g.names.at
	}
	for _, name := range g.possible() {
		c.refuse(slices.Contains(missing, name), at, fmt.Sprintf("Okta has no group %q that people can be put into", name),
			"make it in Okta, or correct the name: upper and lower case count")
	}
}
