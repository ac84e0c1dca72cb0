package casefile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
)

// processOffboard is the process that contains; the others only need the person and the rules.
const processOffboard = "Offboard"

// Open loads the person and says which rules hold. It refuses, before anything has begun: somebody who is unknown
// (NotFound), somebody who cannot be told apart from a colleague (Ambiguous), somebody who works on in another position
// (Conflict), and an emergency case for a protected person from somebody whom the policy does not let hurry (Forbidden).
func (c *Casefile) Open(ctx context.Context, in activities.OpenCase) (activities.OpenedCase, error) {
	p := c.policy()
	person, err := c.person(ctx, in.Employee, in.ProfileID)
	if err == nil && (in.Process == processOffboard || in.Process == "") {
		person, err = c.leaver(ctx, p, in, person)
	}
	if err != nil {
		return activities.OpenedCase{}, err
	}
	if err := mayHurry(p, person, in); err != nil {
		return activities.OpenedCase{}, err
	}
	accounts, err := c.store.Accounts(ctx, person.ID)
	if err != nil {
		return activities.OpenedCase{}, activities.Classify(err)
	}
	heirs, err := c.heirs(ctx, p, person)
	if err != nil {
		return activities.OpenedCase{}, activities.Classify(err)
	}
	out := activities.OpenedCase{
		Person: person, Accounts: accounts, Managers: heirs, Zone: p.ZoneName(person),
		Settings: plan.SettingsFor(p, person, first(heirs)), HRLate: hrLate(p, person, in.HREdited),
	}
	if in.Process == processOffboard || in.Process == "" {
		out.Contain = plan.ContainSteps(p, person)
	}
	return out, nil
}

// person finds the one record in the directory that is meant, or refuses.
func (c *Casefile) person(ctx context.Context, id employee.ID, profile string) (employee.Employee, error) {
	if id == "" && profile == "" {
		return employee.Employee{}, refuse(activities.InvalidInput, "give the employee's id, for example E1042", "employee is missing")
	}
	key := string(id)
	if id == "" {
		key = profile
	}
	found, err := c.store.Find(ctx, key)
	if err != nil {
		return employee.Employee{}, activities.Classify(err)
	}
	found = slices.DeleteFunc(found, func(e employee.Employee) bool {
		return id != "" && e.ID != id || profile != "" && e.ProfileID != profile
	})
	if len(found) == 0 && id != "" && profile != "" { // another record of the same person, perhaps
		if found, err = c.joined(ctx, id, profile); err != nil {
			return employee.Employee{}, err
		}
	}
	switch len(found) {
	case 0:
		return employee.Employee{}, unknown(id, profile)
	case 1:
		return found[0], c.unmistakable(ctx, found[0])
	default:
		return employee.Employee{}, refuse(activities.Ambiguous,
			"give the profile id of the one who is meant", "%d people in the directory are %s", len(found), named(id, profile))
	}
}

func unknown(id employee.ID, profile string) error {
	return refuse(activities.NotFound,
		"check the id with `tenure list`; people are known after the first scan of Namely", "nobody in the directory is %s", named(id, profile))
}

// joined is the record with a profile among those that were joined to an id's; none when there is no such record.
func (c *Casefile) joined(ctx context.Context, id employee.ID, profile string) ([]employee.Employee, error) {
	records, err := c.store.Records(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, activities.Classify(err)
	}
	return slices.DeleteFunc(records, func(e employee.Employee) bool { return e.ProfileID != profile }), nil
}

// unmistakable refuses somebody whose work address is a working colleague's too: a rehire whom HR gave a second
// profile, say. Accounts are looked up by address, so that colleague would be shut out. A profile that HR's system no
// longer has is nobody's who works here, and another record of the same person is no colleague's.
func (c *Casefile) unmistakable(ctx context.Context, e employee.Employee) error {
	if e.Email == "" {
		return nil
	}
	same, err := c.store.FindPresent(ctx, e.Email)
	if err != nil {
		return activities.Classify(err)
	}
	for _, other := range same {
		if other.ProfileID == e.ProfileID || other.Status == employee.Inactive || !strings.EqualFold(other.Email, e.Email) {
			continue
		}
		one, err := c.samePerson(ctx, e.ID, other.ID)
		if err != nil {
			return activities.Classify(err)
		}
		if !one {
			return refuse(activities.Ambiguous, "correct the address of one of them in Namely, then start the case again",
				"%s has the same work address in Namely as %s, who is %s: it cannot be told whose accounts are meant",
				named(e.ID, e.ProfileID), named(other.ID, other.ProfileID), other.Status)
		}
	}
	return nil
}

func named(id employee.ID, profile string) string {
	switch {
	case id == "":
		return "profile " + profile
	case profile == "":
		return "employee " + string(id)
	default:
		return "employee " + string(id) + " with profile " + profile
	}
}

// mayHurry refuses an emergency that would pass the approval of a protected person by, unless policy allows it.
func mayHurry(p policy.Policy, e employee.Employee, in activities.OpenCase) error {
	needed, why := p.Approval(e)
	if !in.Emergency || needed == 0 || p.MayHurry(in.Actor) {
		return nil
	}
	return refuse(activities.Forbidden,
		"start it as a normal case and have it approved, or ask somebody whom approvals.emergency_from in the policy names",
		"%s may not start an emergency case for %s, which would pass approval by (%s)", in.Actor, e.ID, why)
}

// heirs is who may take over, best first.
func (c *Casefile) heirs(ctx context.Context, p policy.Policy, leaver employee.Employee) ([]plan.Heir, error) {
	chain, err := c.store.Chain(ctx, leaver.ProfileID)
	if err != nil {
		return nil, err
	}
	custodian, err := c.custodian(ctx, p)
	if err != nil {
		return nil, err
	}
	return plan.Heirs(p, chain, leaver, custodian), nil
}

// custodian is the custodian's record, or zero for an address that the directory does not have.
func (c *Casefile) custodian(ctx context.Context, p policy.Policy) (employee.Employee, error) {
	address := p.Offboard.Custodian
	if address == "" {
		return employee.Employee{}, nil
	}
	found, err := c.store.Find(ctx, address)
	if err != nil || len(found) == 0 {
		return employee.Employee{}, err
	}
	if i := slices.IndexFunc(found, func(e employee.Employee) bool { return e.Status == employee.Active }); i >= 0 {
		return found[i], nil
	}
	return found[0], nil
}

func first(heirs []plan.Heir) *plan.Heir {
	if len(heirs) == 0 {
		return nil
	}
	return &heirs[0]
}

// hrLate says whether HR entered the departure after the person had left by it: access that outlived the person
// because nobody was told is HR's lateness and not Tenure's.
func hrLate(p policy.Policy, e employee.Employee, edited time.Time) bool {
	return !e.DepartureDate.IsZero() && edited.After(plan.EffectiveAt(p, e, e.DepartureDate))
}

// Alarm words what IT must be told of a case that cannot begin.
func (c *Casefile) Alarm(_ context.Context, in activities.CaseTrouble) (activities.Announcement, error) {
	a := activities.Announcement{Key: strings.Join([]string{"open", in.Case, in.Run, in.Problem}, "/"), Channel: c.policy().Slack.Channel, Alarm: true,
		Title: cannotBegin(in), Text: in.Text}
	if in.Mend != "" {
		a.Text += "\n" + in.Mend
	}
	a.Text += "\nAsked for by " + in.Actor + ". Tenure tries again every day and whenever HR changes the record; rescind the case (" + in.Case + ") if it is a mistake."
	if in.Problem == activities.Unavailable {
		a.Text = in.Text + "\nAsked for by " + in.Actor + ". Tenure keeps trying; nothing of " + in.Case + " is done before."
	}
	return a, nil
}

// cannotBegin says what is not done while a case cannot begin.
func cannotBegin(in activities.CaseTrouble) string {
	who := string(in.Employee)
	switch process, _, _ := strings.Cut(in.Case, "/"); process {
	case "onboard":
		return "Onboarding of " + who + " cannot begin: no account is made or opened"
	case "move":
		return "Move of " + who + " cannot begin: accounts stay as they are"
	case "leave":
		return "Leave of " + who + " cannot begin: sign-in is not paused, or not given back"
	default:
		return "Offboarding of " + who + " cannot begin: access is not ended"
	}
}
