package mapping

import "slices"

// Names are the groups that the rules name as they stand, sorted: what Okta must have. Groups whose names are computed
// are not among them; computed says that there are such.
func (r *Rules) Names() (names []string, computed bool) {
	for _, g := range r.groups {
		names = append(names, g.possible()...)
		computed = computed || g.computes()
	}
	slices.Sort(names)
	return slices.Compact(names), computed
}

// Attributes are the attributes that the rules can write, sorted.
func (r *Rules) Attributes() []string {
	out := make([]string, len(r.attributes))
	for i, a := range r.attributes {
		out[i] = a.name
	}
	return out
}

// Section is what the rules were made of.
func (r *Rules) Section() Section { return r.section }
