package cli

import (
	"cmp"
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tenure/activities"
	"tenure/internal/mapping"
	"tenure/internal/policy"
	"tenure/workflows"
)

// fit is how a policy's mapping fits what there is in Namely and Okta.
type fit struct {
	compared []string // the systems
	faults   []mapping.Fault
	silent   []workflows.Silence
	// computed says that names of groups are computed, which nobody can look up beforehand.
	computed bool
}

// compareMapping asks the workers for the fields of the Namely account and for Okta's schema and groups, and compares.
func (c *connection) compareMapping(ctx context.Context, p policy.Policy) (fit, error) {
	rules := p.Rules()
	groups, computed := rules.Names()
	out := fit{computed: computed}
	r, err := c.look(ctx, workflows.LookInput{Fields: &activities.ListFields{}, Schema: &activities.ReadSchema{Groups: groups}})
	if err != nil {
		return out, err
	}
	if r.Fields == nil && r.Schema == nil && len(r.Silent) == 0 {
		return out, failf(ExitUnavailable, "the worker that answered is of an earlier version, which knows of no mapping: update it")
	}
	out.silent = r.Silent
	if r.Fields != nil {
		out.compared = append(out.compared, activities.QueueNamely)
		out.faults = append(out.faults, rules.CheckFields(namelyFields(r.Fields.Fields), r.Fields.GroupTypes)...)
	}
	if r.Schema != nil {
		out.compared = append(out.compared, activities.QueueOkta)
		out.faults = append(out.faults, rules.CheckSchema(oktaAttributes(r.Schema.Attributes), r.Schema.Missing)...)
	}
	return out, nil
}

func namelyFields(all []activities.Field) []mapping.NamelyField {
	out := make([]mapping.NamelyField, len(all))
	for i, f := range all {
		out[i] = mapping.NamelyField{Name: f.Name, Label: f.Label, Type: f.Type}
	}
	return out
}

func oktaAttributes(all []activities.SchemaAttribute) []mapping.OktaAttribute {
	out := make([]mapping.OktaAttribute, len(all))
	for i, a := range all {
		out[i] = mapping.OktaAttribute{Name: a.Name, Type: a.Type, Required: a.Required, Enum: a.Enum, Max: a.Max, Master: a.Master}
	}
	return out
}

// whyMapping is why a mapping that does not fit matters.
const whyMapping = "whoever joins or moves gets less than their role is to give, and somebody is asked to mend it each time"

// comparing is how long an examination waits for what a mapping is compared with.
const comparing = 20 * time.Second

// mapping compares the policy's mapping with Namely and Okta, as far as they answer: what they are silent about, the
// examinations of the systems tell.
func (d *doctor) mapping(ctx context.Context, p policy.Policy) {
	if !p.Maps() || !d.wants(workflows.TenureSystem) || d.connection == nil || d.taken[activities.QueueLifecycle] == 0 {
		return
	}
	const again = "ask again with: tenure policy check --live"
	c := *d.connection // a system that hangs was told of by its own examination, and is not waited for twice
	c.patience = min(d.timeout, comparing)
	is, err := c.compareMapping(ctx, p)
	if err != nil {
		d.tenure.Warn("mapping", "the policy's mapping could not be compared with Namely and Okta: "+words(err), whyMapping, again)
		return
	}
	for _, f := range byField(is.faults) {
		d.tenure.Warn(f.Field, f.Text, whyMapping, cmp.Or(f.Mend, "correct it in the policy file"))
	}
	switch {
	case len(is.silent) > 0:
		s := is.silent[0]
		d.tenure.Warn("mapping", "the policy's mapping could not be compared with "+s.System+": "+s.Text, whyMapping, cmp.Or(s.Mend, again))
	case len(is.faults) == 0:
		also := ""
		if is.computed {
			also = "; names of groups that are computed were not looked up"
		}
		d.tenure.OK("mapping", "the policy's mapping fits %s%s", strings.Join(is.compared, " and "), also)
	}
}

// byField puts the faults of one field together: a check has one finding.
func byField(all []mapping.Fault) []mapping.Fault {
	var out []mapping.Fault
	for _, f := range all {
		i := slices.IndexFunc(out, func(o mapping.Fault) bool { return o.Field == f.Field })
		if i < 0 {
			out = append(out, f)
			continue
		}
		out[i].Text += "; " + f.Text
	}
	return out
}

// fileLines finds the lines of a policy file's fields.
type fileLines struct{ root *yaml.Node }

// linesOf reads a file; one that cannot be read has no lines.
func linesOf(file string) fileLines {
	body, err := os.ReadFile(file)
	if err != nil {
		return fileLines{}
	}
	var doc yaml.Node
	if yaml.Unmarshal(body, &doc) != nil || len(doc.Content) == 0 {
		return fileLines{}
	}
	return fileLines{doc.Content[0]}
}

var pathPart = regexp.MustCompile(`[^.\[\]]+`)

// of is the line of a field such as mapping.attributes[3].value, or of as much of it as there is; 0 for none.
func (l fileLines) of(field string) int {
	line, at := 0, l.root
	for _, part := range pathPart.FindAllString(field, -1) {
		var key *yaml.Node
		if key, at = child(at, part); key == nil {
			break
		}
		line = key.Line
	}
	return line
}

// child is what a mapping or a list holds under a key or a number, and the node that stands for it.
func child(of *yaml.Node, part string) (key, value *yaml.Node) {
	if of == nil {
		return nil, nil
	}
	if of.Kind == yaml.MappingNode {
		for pair := range slices.Chunk(of.Content, 2) {
			if len(pair) == 2 && pair[0].Value == part {
				return pair[0], pair[1]
			}
		}
		return nil, nil
	}
	n := 0
	for _, r := range part {
		if r < '0' || r > '9' {
			return nil, nil
		}
		n = n*10 + int(r-'0')
	}
	if of.Kind != yaml.SequenceNode || n >= len(of.Content) {
		return nil, nil
	}
	return of.Content[n], of.Content[n]
}
