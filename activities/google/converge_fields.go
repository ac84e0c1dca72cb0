package google

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
)

// entry is one element of the lists that the SDK leaves untyped. It is kept whole, because Google replaces a list by what
// is sent: a field that Tenure does not know must not be lost.
type entry = map[string]any

const (
	numberType  = "organization" // of an external id: the employee number
	managerType = "manager"      // of a relation
	// costCenterField is what the policy calls HR's cost centre, where it names one.
	costCenterField = "cost_center"
	longestName     = 60 // characters that Google takes of a name
)

// entries reads a list as it is. A list in a form that is not understood is empty.
func entries(list any) []entry {
	raw, err := json.Marshal(list)
	var out []entry
	if err != nil || json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

func text(e entry, field string) string {
	s, _ := e[field].(string)
	return s
}

// name is as much of a name as Google takes.
func name(s string) string {
	s = words(s)
	if r := []rune(s); len(r) > longestName {
		s = words(string(r[:longestName]))
	}
	return s
}

// differences are what HR has otherwise than the account. What HR does not say is left, but for what a person can cease
// to have: a title, a department, a manager.
func (c *convergence) differences(u *directory.User) []edit {
	d := &diff{}
	c.diffAddress(d, u)
	c.diffName(d, u)
	c.diffWork(d, u)
	c.diffNumber(d, u)
	c.diffManager(d, u)
	if c.in.OrgUnit != "" && !sameUnit(u.OrgUnitPath, c.in.OrgUnit) {
		d.add(editUnit, u.OrgUnitPath, c.in.OrgUnit, func(f *directory.User) { f.OrgUnitPath = c.in.OrgUnit })
	}
	return d.edits
}

type diff struct{ edits []edit }

func (d *diff) add(field, was, now string, put func(*directory.User)) {
	d.edits = append(d.edits, edit{activities.Edit{Name: field, Was: was, Now: now}, put})
}

// diffAddress: a new address keeps the account, and Google keeps the old one as an alias.
func (c *convergence) diffAddress(d *diff, u *directory.User) {
	if c.in.Email != "" && !strings.EqualFold(c.in.Email, u.PrimaryEmail) {
		d.add(editAddress, u.PrimaryEmail, c.in.Email, func(f *directory.User) { f.PrimaryEmail = c.in.Email })
	}
}

func (c *convergence) diffName(d *diff, u *directory.User) {
	have := directory.UserName{}
	if u.Name != nil {
		have = *u.Name
	}
	want := directory.UserName{GivenName: cmpOr(name(c.in.Person.FirstName), have.GivenName), FamilyName: cmpOr(name(c.in.Person.LastName), have.FamilyName)}
	put := func(f *directory.User) { f.Name = &want }
	if want.GivenName != have.GivenName {
		d.add("givenName", have.GivenName, want.GivenName, put)
	}
	if want.FamilyName != have.FamilyName {
		d.add("familyName", have.FamilyName, want.FamilyName, put)
	}
}

// diffWork compares the primary organization; others are left.
func (c *convergence) diffWork(d *diff, u *directory.User) {
	orgs := entries(u.Organizations)
	at := slices.IndexFunc(orgs, func(e entry) bool { return e["primary"] == true })
	if at < 0 {
		at, orgs = len(orgs), append(orgs, entry{"primary": true})
	}
	want := map[string]string{"title": words(c.in.Person.Title), "department": words(c.in.Person.Department)}
	if center := c.in.Person.Custom[costCenterField]; len(center) > 0 && words(center[0]) != "" {
		want["costCenter"] = words(center[0])
	}
	primary := maps.Clone(orgs[at])
	put := func(f *directory.User) { f.Organizations = slices.Concat(orgs[:at], []entry{primary}, orgs[at+1:]) }
	for _, field := range slices.Sorted(maps.Keys(want)) {
		was := text(orgs[at], field)
		if want[field] == was {
			continue
		}
		primary[field] = want[field]
		if want[field] == "" {
			delete(primary, field)
		}
		d.add(field, was, want[field], put)
	}
}

func (c *convergence) diffNumber(d *diff, u *directory.User) {
	was := organizationID(u)
	if c.in.EmployeeNumber == "" || was == c.in.EmployeeNumber {
		return
	}
	ids := slices.DeleteFunc(entries(u.ExternalIds), func(e entry) bool { return text(e, "type") == numberType })
	d.add("employeeNumber", was, c.in.EmployeeNumber, func(f *directory.User) {
		f.ExternalIds = append(ids, entry{"type": numberType, "value": c.in.EmployeeNumber})
	})
}

// diffManager: of several managers one is left. A list that becomes empty is sent as null, because nobody says what
// Google makes of an empty one.
func (c *convergence) diffManager(d *diff, u *directory.User) {
	isManager := func(e entry) bool { return text(e, "type") == managerType }
	all := entries(u.Relations)
	others := slices.DeleteFunc(slices.Clone(all), isManager)
	managers := slices.DeleteFunc(all, func(e entry) bool { return !isManager(e) })
	var was []string
	for _, m := range managers {
		was = append(was, text(m, "value"))
	}
	if len(was) == 0 && c.in.ManagerEmail == "" || len(was) == 1 && strings.EqualFold(was[0], c.in.ManagerEmail) {
		return
	}
	if c.in.ManagerEmail != "" {
		others = append(others, entry{"type": managerType, "value": c.in.ManagerEmail})
	}
	d.add("manager", strings.Join(was, ", "), c.in.ManagerEmail, func(f *directory.User) {
		if len(others) == 0 {
			f.NullFields = append(f.NullFields, "Relations")
			return
		}
		f.Relations = others
	})
}
