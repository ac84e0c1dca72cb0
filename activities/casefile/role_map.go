package casefile

import (
	"context"
	"slices"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/mapping"
	"tenure/internal/policy"
	"tenure/internal/role"
)

// rulesOfRoles are the rules of a policy's mapping. Without one they give nothing, and put records in the order that
// holds where a policy says nothing of it.
func rulesOfRoles(p policy.Policy) *mapping.Rules {
	if rules := p.Rules(); rules != nil && p.Maps() {
		return rules
	}
	return new(mapping.Rules)
}

// positions are the records that the role is made of, each with its manager, the leading one first. Of somebody who is
// gone it is the record they worked under last.
func (r asking) positions(ctx context.Context, s standing) ([]mapping.Person, error) {
	records := recordsIn(s.giving)
	if len(records) == 0 {
		records = []employee.Employee{lastOf(s.all, r.at, s.all[0].Employee)}
	}
	people, err := r.people(ctx, records)
	return r.rules.Order(people), err
}

func recordsIn(all []position) []employee.Employee {
	var out []employee.Employee
	for _, r := range all {
		out = append(out, r.Employee)
	}
	return out
}

// people are records with their managers.
func (r asking) people(ctx context.Context, records []employee.Employee) ([]mapping.Person, error) {
	people := make([]mapping.Person, 0, len(records))
	for _, e := range records {
		m, err := r.manager(ctx, e)
		if err != nil {
			return nil, err
		}
		people = append(people, mapping.Person{Record: e, Manager: m})
	}
	return people, nil
}

// roles fills in what the role gives, what it has given, and what the person may be called.
func (r asking) roles(ctx context.Context, out *activities.RoleNow, s standing, giving []mapping.Person, login string) error {
	row, err := r.store.Given(ctx, out.Main)
	if err != nil {
		return err
	}
	out.Given = row.Given
	if row.Before != nil {
		if out.Given, err = r.gaveBefore(ctx, *row.Before, s); err != nil {
			return err
		}
	}
	if len(s.giving) > 0 {
		out.Role = r.rules.Role(called(giving, login))
	}
	return r.logins(ctx, out, giving)
}

// called is people with the login that was chosen for them in the place of HR's address: one that HR has not written
// down yet, or that is somebody else's, gives no attribute.
func called(people []mapping.Person, login string) []mapping.Person {
	if login == "" {
		return people
	}
	people = slices.Clone(people)
	people[0].Record.Email = login
	return people
}

// gaveBefore is what the role gave by the record as it was before its first change, where nothing is kept of what was
// given: to somebody who was there before Tenure converged anything. Others of their records count as they are.
func (r asking) gaveBefore(ctx context.Context, was employee.Employee, s standing) (role.Given, error) {
	if was.Status != employee.Active {
		return role.Given{}, nil
	}
	records := slices.DeleteFunc(recordsIn(s.giving), func(e employee.Employee) bool { return e.ProfileID == was.ProfileID })
	people, err := r.people(ctx, append(records, was))
	if err != nil {
		return role.Given{}, err
	}
	return givenBy(r.rules.Role(people)), nil
}

// givenBy is a role as what was given by it.
func givenBy(gave role.Role) role.Given {
	var g role.Given
	for _, grant := range gave.Groups {
		g.Groups = append(g.Groups, grant.Group)
		if g.Overlap == nil {
			g.Overlap = map[string]time.Duration{}
		}
		g.Overlap[grant.Group] = grant.Overlap // also one of nothing: it is not the policy's longer one
	}
	for _, a := range gave.Attributes {
		g.Attributes = append(g.Attributes, a.Name)
	}
	return g
}

// logins fills in what the person may be called. A name that HR has given to somebody else is not tried: their account
// may be made tomorrow. HR's own word is: whose address it is must be asked.
func (r asking) logins(ctx context.Context, out *activities.RoleNow, people []mapping.Person) error {
	if !r.policy.Maps() {
		if out.Person.Email != "" {
			out.Logins, out.FromHR = []string{out.Person.Email}, true
		}
		return nil
	}
	found := r.rules.Logins(people)
	out.FromHR = found.FromHR
	out.Role.Faults = append(out.Role.Faults, found.Faults...)
	for i, login := range found.Wanted {
		if held, err := r.held(ctx, login, out.Records); err != nil {
			return err
		} else if !held || i == 0 && found.FromHR {
			out.Logins = append(out.Logins, login)
		}
	}
	return nil
}

// held says whether HR has given an address to somebody who is none of these records.
func (r asking) held(ctx context.Context, address string, mine []employee.ID) (bool, error) {
	holders, err := r.store.AddressHolders(ctx, address)
	return slices.ContainsFunc(holders, func(e employee.Employee) bool { return !slices.Contains(mine, e.ID) }), err
}

// verdict is what the policy says of people who share something.
func verdict(m policy.Match, by string) string {
	switch by {
	case employee.ByEmail:
		return m.Email
	case employee.ByPersonalEmail:
		return m.PersonalEmail
	default:
		return m.Number
	}
}
