package casefile

import (
	"context"
	"errors"
	"slices"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/mapping"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/role"
	"tenure/internal/store"
)

// Role works out where somebody stands and what their role gives, from all of their HR records, what keeps them out, and
// the policy as they are now. It changes nothing.
//
// Who is unknown is NotFound. Without a mapping in the policy [plan.RoleSettings.On] is false and nothing is given; all
// else is filled in.
func (c *Casefile) Role(ctx context.Context, in activities.AskRole) (activities.RoleNow, error) {
	records, err := c.recordsOf(ctx, in.Employee, in.ProfileID)
	if err != nil {
		return activities.RoleNow{}, err
	}
	asked := in.Employee
	if asked == "" {
		asked = byProfile(records, in.ProfileID).ID
	}
	in.Employee = asked
	r := asking{Casefile: c, policy: c.policy(), at: in.At, asked: asked}
	r.rules = rulesOfRoles(r.policy)
	if r.at.IsZero() {
		r.at = c.now()
	}
	out, err := r.answer(ctx, in, records)
	return out, activities.Classify(err)
}

// recordsOf is every record of the person whom an id or a profile names, or a refusal.
func (c *Casefile) recordsOf(ctx context.Context, id employee.ID, profile string) ([]employee.Employee, error) {
	if id == "" {
		e, err := c.person(ctx, "", profile)
		if err != nil {
			return nil, err
		}
		id = e.ID
	}
	records, err := c.store.Records(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, activities.Classify(err)
	}
	if len(records) == 0 || profile != "" && byProfile(records, profile).ID == "" {
		return nil, unknown(id, profile)
	}
	return records, nil
}

// byProfile is the record with a profile; zero for none.
func byProfile(records []employee.Employee, profile string) employee.Employee {
	for _, e := range records {
		if e.ProfileID == profile {
			return e
		}
	}
	return employee.Employee{}
}

// asking is one question about somebody's role, with what does not change while it is answered.
type asking struct {
	*Casefile
	policy policy.Policy
	rules  *mapping.Rules // never nil
	at     time.Time
	asked  employee.ID
}

func (r asking) answer(ctx context.Context, in activities.AskRole, records []employee.Employee) (activities.RoleNow, error) {
	main, err := r.store.MainID(ctx, r.asked)
	if err != nil {
		return activities.RoleNow{}, err
	}
	fence, err := foreignFence(ctx, r.store, in.CaseRef)
	if err != nil {
		return activities.RoleNow{}, err
	}
	s := standAt(r.policy, records, fence, r.at)
	giving, err := r.positions(ctx, s)
	if err != nil {
		return activities.RoleNow{}, err
	}
	lead := giving[0]
	out := activities.RoleNow{Main: main, Person: lead.Record, Records: idsOf(lead.Record, records), Stand: s.stand, Why: s.why, ShutBy: s.shutBy,
		Prepare: s.prepare, Starts: s.starts, Leaves: s.leaves, Ends: endsAt(r.policy, records, r.at), Next: s.next, Zone: r.policy.ZoneName(lead.Record)}
	if lead.Manager != nil {
		out.Manager = heirOf(*lead.Manager)
	}
	for _, fill := range []func(context.Context, *activities.RoleNow) error{r.accounts, r.matches, r.settings} {
		if err := fill(ctx, &out); err != nil {
			return activities.RoleNow{}, err
		}
	}
	return out, r.roles(ctx, &out, s, giving, in.Login)
}

// idsOf are the ids of the records, the leading one first.
func idsOf(lead employee.Employee, records []employee.Employee) []employee.ID {
	ids := []employee.ID{lead.ID}
	for _, e := range records {
		if e.ID != lead.ID {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func (r asking) accounts(ctx context.Context, out *activities.RoleNow) (err error) {
	out.Accounts, err = r.store.Accounts(ctx, out.Main)
	return err
}

func (r asking) settings(ctx context.Context, out *activities.RoleNow) error {
	heirs, err := r.heirs(ctx, r.policy, out.Person)
	out.Settings = plan.SettingsFor(r.policy, out.Person, first(heirs))
	return err
}

// matches are those who may be the same person as the record that was asked about. Who was joined to it, or told apart
// from it, is not asked about again; what the policy takes for two people's is not asked about at all.
func (r asking) matches(ctx context.Context, out *activities.RoleNow) error {
	found, err := r.store.Matches(ctx, r.asked)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, m := range found {
		says := verdict(r.policy.Onboard.Match, m.By)
		if says == policy.MatchApart {
			continue
		}
		records, err := r.store.Records(ctx, m.Employee)
		if err != nil {
			return err
		}
		out.Matches = append(out.Matches, activities.Candidate{Employee: m.Employee, Name: records[0].Name(), By: m.By, Status: m.Status,
			Email: records[0].Email, Sure: says == policy.MatchSame})
	}
	return nil
}

// manager is the nearest of the managers above a record who works for the company and can be written to; nil for none.
// HR's word holds: somebody external leads whom HR has them lead, and somebody on leave does while they are away. Only
// who has not begun, or is gone, is passed over to the next one up, so that nobody is left without a manager when
// theirs leaves.
func (r asking) manager(ctx context.Context, e employee.Employee) (*employee.Employee, error) {
	if e.ManagerProfileID == "" {
		return nil, nil
	}
	chain, err := r.store.FindPresent(ctx, e.ManagerProfileID)
	if err != nil {
		return nil, err
	}
	chain = slices.DeleteFunc(chain, func(m employee.Employee) bool { return m.ProfileID != e.ManagerProfileID })
	above, err := r.store.Chain(ctx, e.ManagerProfileID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	for _, m := range append(chain, above...) {
		leads, err := r.leads(ctx, m, e)
		if err != nil || leads != nil {
			return leads, err
		}
	}
	return nil, nil
}

// leads is a manager as the record under which they work; nil for somebody who does not, or who is the person.
func (r asking) leads(ctx context.Context, m, e employee.Employee) (*employee.Employee, error) {
	records, err := r.store.Records(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	isPerson := func(o employee.Employee) bool { return o.ProfileID == e.ProfileID }
	_, stands, err := r.store.Fence(ctx, m.ID)
	if err != nil || stands || slices.ContainsFunc(records, isPerson) {
		return nil, err
	}
	s := standAt(r.policy, records, nil, r.at)
	if s.stand != role.Here && s.stand != role.Away {
		return nil, nil
	}
	for _, g := range s.giving {
		if g.ProfileID == m.ProfileID && g.Email != "" {
			return &g.Employee, nil
		}
	}
	for _, g := range s.giving { // works on under another record
		if g.Email != "" {
			return &g.Employee, nil
		}
	}
	return nil, nil
}

func heirOf(m employee.Employee) *plan.Heir {
	return &plan.Heir{Employee: m.ID, Email: m.Email, Name: m.Name(), Why: "manager"}
}
