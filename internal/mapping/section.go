// Package mapping turns HR's record of a person into what their accounts should be like, by the rules of the policy
// file: attributes and groups with conditions in CEL (https://cel.dev). It is pure: the same records and the same rules
// give the same role.
package mapping

// Section is the part of a policy file that maps HR's model to Okta's. Expressions are CEL over `hr` (the record),
// `manager` (the nearest manager who works here; its fields are empty where there is none) and `company` (name, domain).
type Section struct {
	// Fields are further fields of the HR record, by the name that expressions use: hr.custom.<name>.
	Fields map[string]Field `yaml:"fields"`
	// Login is what somebody is called in Okta.
	Login Login `yaml:"login"`
	// Attributes are those of the Okta profile. Of several rules for one attribute the first that fits and gives a value
	// holds.
	Attributes []Attribute `yaml:"attributes"`
	// Sets are attributes that hold for some people only: those of a country, say. They come before Attributes.
	Sets []Set `yaml:"sets"`
	// Groups are those of Okta, by name.
	Groups []Group `yaml:"groups"`
	// OrgUnit is an expression for the organisational unit in Google; empty: nobody is put anywhere.
	OrgUnit string `yaml:"org_unit"`
	// Leading is an expression that is true of the record which leads where a person has several: its attributes hold.
	// Among those it is true of, and where it is true of none, it is an employee's before an external's, then the oldest.
	Leading string `yaml:"leading"`
}

// Field is one further field: a key of Namely's profile, or the group of a type that the profile is in.
type Field struct {
	Field string `yaml:"field"`
	Group string `yaml:"group"`
	// Type is what expressions take it for: text, number, date, yes_no, list. Empty is text.
	Type string `yaml:"type"`
}

// Login is how somebody is called.
type Login struct {
	// From is an expression for the login that HR means; empty is hr.email.
	From string `yaml:"from"`
	// Make are expressions for the part before the @, tried in order where HR gives no address of the company. When all
	// of them are taken, the last gets a number from 2.
	Make []string `yaml:"make"`
	// Taken is what to do when the address that HR gave is somebody else's: ask, number.
	Taken string `yaml:"taken"`
}

// Attribute is one rule for one attribute.
type Attribute struct {
	Name string `yaml:"name"` // Okta's own
	// Value is an expression.
	Value string `yaml:"value"`
	// When is an expression of a truth value; empty is always.
	When string `yaml:"when"`
	// Type is Okta's: string, boolean, integer, number, array. Empty is string.
	Type string `yaml:"type"`
	// Default is an expression for when Value gives nothing.
	Default  string `yaml:"default"`
	Required bool   `yaml:"required"`
	// Clear has an attribute without a value cleared in Okta; otherwise what is there stays.
	Clear bool `yaml:"clear"`
}

// Set is a set of rules for some people.
type Set struct {
	Name       string      `yaml:"name"`
	When       string      `yaml:"when"`
	Attributes []Attribute `yaml:"attributes"`
}

// Group is one rule for one group, or for several that an expression names.
type Group struct {
	Name string `yaml:"name"`
	// Names is an expression for one name or a list of names: '"dept-" + hr.department'.
	Names string `yaml:"names"`
	When  string `yaml:"when"`
	// Overlap is how long the group is kept once the role no longer gives it, as a policy writes a span ("14d"); empty is
	// the policy's move.overlap.
	Overlap string `yaml:"overlap"`
}
