package google

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// The names of what can differ, as Google spells the fields.
const (
	editAddress = "primaryEmail"
	editUnit    = "orgUnitPath"
)

// edit is one difference between the account and HR's record, and how it is written.
type edit struct {
	activities.Edit
	put func(*directory.User)
}

// profile brings name, address, title, department, cost centre, manager, employee number and organisational unit to what
// HR says: one write of those that differ, and none when nothing does.
func (c *convergence) profile(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	if c.user == nil {
		return c.absentAccount(o), nil
	}
	edits := c.differences(c.user)
	c.out.Changed = c.earlier(edits)
	if len(edits) == 0 && !c.begun(o.Step) {
		return c.s.verified(o, "already as HR has it", "nothing differs"), nil
	}
	mark := c.memory[o.Step]
	if mark.Items == nil { // a retry goes by what the first attempt found
		mark.Items = []string{c.user.OrgUnitPath}
		c.memory[o.Step] = mark
	}
	return c.giving(ctx, o, mayGive, func(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
		return c.write(ctx, o, edits)
	}, func(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
		return c.moveBack(ctx, o, mark.Items[0])
	})
}

// write brings the edits. What Google refuses for good, a unit that is not there or an address that is taken, is left
// out and told, and keeps nothing else back.
func (c *convergence) write(ctx context.Context, o activities.Outcome, edits []edit) (activities.Outcome, error) {
	o.Executed = c.s.now()
	edits, faults, err := c.possible(ctx, edits)
	if err != nil {
		return o, err
	}
	if len(edits) > 0 {
		c.memory.keepEdits(ctx, o.Step, slices.Concat(c.out.Changed, plainly(edits)))
	}
	for len(edits) > 0 {
		shown, err := c.bringEdits(ctx, edits)
		if shown {
			break
		}
		fault, left, err := c.refusedEdit(ctx, edits, err)
		if err != nil {
			return o, err
		}
		if fault == nil {
			return unverified(o, "Google accepted "+namesOf(plainly(left)), namesOf(plainly(c.stillDiffering(left)))+" still differ"), nil
		}
		if fault != errAgain {
			faults = append(faults, fault)
		}
		edits = left
	}
	return c.written(o, edits, faults), nil
}

// possible leaves out a move to a unit that Google does not have. Where Tenure may not look, Google says so later.
func (c *convergence) possible(ctx context.Context, edits []edit) (left []edit, faults []*activities.Problem, err error) {
	if !slices.ContainsFunc(edits, isEdit(editUnit)) {
		return edits, nil, nil
	}
	api, err := c.s.directory(ctx, unitsFamily)
	if err != nil {
		return nil, nil, err
	}
	_, err = api.Orgunits.Get(c.s.config.Customer, strings.Trim(c.in.OrgUnit, "/")).Context(ctx).Do()
	switch {
	case isStatus(err, http.StatusNotFound) || unitUnknown(err):
		return without(edits, editUnit), []*activities.Problem{c.noUnit(err)}, nil
	case err != nil && problem(err).Retryable():
		return nil, nil, err
	}
	return edits, nil, nil
}

// bringEdits makes one write and reads the account, which alone decides: Google has been seen to refuse a new address as
// taken after it had given it.
func (c *convergence) bringEdits(ctx context.Context, edits []edit) (bool, error) {
	fields := &directory.User{}
	for _, e := range edits {
		e.put(fields)
	}
	return ensure(ctx, c.s.config.Settle, func() error { return c.s.update(ctx, c.user.Id, fields) }, func() (bool, error) {
		u, found, err := c.s.find(ctx, c.user.Id)
		if err != nil || !found {
			return false, err
		}
		c.user = u
		return len(c.stillDiffering(edits)) == 0, nil
	})
}

// stillDiffering are those of the edits that the account does not show.
func (c *convergence) stillDiffering(edits []edit) []edit {
	now := c.differences(c.user)
	return slices.DeleteFunc(slices.Clone(edits), func(e edit) bool { return !slices.ContainsFunc(now, isEdit(e.Name)) })
}

// errAgain says that the same write can be tried again at once.
var errAgain = &activities.Problem{Type: activities.Conflict, Text: "what stood in the way is gone"}

// refusedEdit finds the edit that Google refused, and leaves it out. No fault and no error is a yes without effect.
func (c *convergence) refusedEdit(ctx context.Context, edits []edit, err error) (*activities.Problem, []edit, error) {
	switch {
	case err == nil:
		return nil, edits, nil
	case unitUnknown(err) && slices.ContainsFunc(edits, isEdit(editUnit)):
		return c.noUnit(err), without(edits, editUnit), nil
	case isStatus(err, http.StatusConflict) && !problem(err).Retryable() && slices.ContainsFunc(edits, isEdit(editAddress)):
		return c.addressTaken(ctx, edits, err)
	}
	return nil, nil, err
}

// addressTaken says who has the new address. Where it is an alias of the same account it is freed first, and the write
// tried again.
func (c *convergence) addressTaken(ctx context.Context, edits []edit, taken error) (*activities.Problem, []edit, error) {
	u, found, err := c.s.find(ctx, c.in.Email)
	if err != nil {
		return nil, nil, err
	}
	if found && u.Id == c.user.Id && !c.freed && !strings.EqualFold(u.PrimaryEmail, c.in.Email) {
		api, err := c.s.directory(ctx, accountsFamily)
		if err != nil {
			return nil, nil, err
		}
		c.freed = true
		return errAgain, edits, unlessGone(api.Users.Aliases.Delete(u.Id, c.in.Email).Context(ctx).Do())
	}
	p := &activities.Problem{Type: activities.Conflict, Text: "Google says that the new address is taken, and does not show by whom", Cause: taken,
		Mend: "look for it among users, groups and recently deleted users in the admin console; free it there, or have the person get another address"}
	if found {
		p.Text = "account " + u.Id + " has the new address"
	} else if g, is, err := c.s.findGroup(ctx, c.in.Email); err == nil && is {
		p.Text = "group " + g.Id + " has the new address"
	}
	return p, without(edits, editAddress), nil
}

func (c *convergence) noUnit(cause error) *activities.Problem {
	return &activities.Problem{Type: activities.InvalidInput, Text: "Google has no organisational unit " + c.in.OrgUnit,
		Mend: "create it in the admin console, or correct it in mapping of the policy", Cause: cause}
}

func unitUnknown(err error) bool {
	return isStatus(err, http.StatusBadRequest) && strings.Contains(strings.ToUpper(err.Error()), "INVALID_OU_ID")
}

// written ends the step: what was brought is told as changes, what was refused asks for a person.
func (c *convergence) written(o activities.Outcome, done []edit, faults []*activities.Problem) activities.Outcome {
	c.out.Changed = append(c.out.Changed, plainly(done)...)
	detail := "nothing changed"
	if len(c.out.Changed) > 0 {
		detail = "brought to what HR has: " + namesOf(c.out.Changed)
	}
	if len(faults) == 0 {
		return c.s.verified(o, detail, "shows what HR has")
	}
	o = activities.NeedsPerson(o, faults[0])
	for _, f := range faults[1:] {
		o.Detail, o.Mend = o.Detail+"; "+f.Text, o.Mend+"; "+f.Mend
	}
	o.ReadBack = detail
	return o
}

// moveBack undoes a move to a unit whose services the person is no longer to have.
func (c *convergence) moveBack(ctx context.Context, o activities.Outcome, unit string) (activities.Outcome, error) {
	u, found, err := c.s.find(ctx, c.user.Id)
	if err != nil {
		return o, err
	}
	o.Detail = "no access had been given"
	if !found || c.in.OrgUnit == "" || !sameUnit(u.OrgUnitPath, c.in.OrgUnit) || sameUnit(unit, c.in.OrgUnit) {
		return o, nil
	}
	done, err := c.s.bring(ctx, u, inUnit(unit), o)
	if err == nil && done.State != plan.Verified {
		err = &activities.Problem{Type: activities.Unavailable, Text: "Google does not show that the account is back in its unit"}
	}
	done.Detail = "the account is back in its organisational unit"
	return done, err
}

func isEdit(name string) func(edit) bool { return func(e edit) bool { return e.Name == name } }

func without(edits []edit, name string) []edit {
	return slices.DeleteFunc(slices.Clone(edits), isEdit(name))
}

func namesOf(edits []activities.Edit) string {
	var names []string
	for _, e := range edits {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ")
}

func plainly(edits []edit) []activities.Edit {
	var out []activities.Edit
	for _, e := range edits {
		out = append(out, e.Edit)
	}
	return out
}

// earlier are the edits that an earlier attempt meant to write and that are there now.
func (c *convergence) earlier(differing []edit) []activities.Edit {
	return slices.DeleteFunc(c.memory.edits(), func(e activities.Edit) bool { return slices.ContainsFunc(differing, isEdit(e.Name)) })
}

// keepEdits lets a retry tell what an earlier attempt had changed.
func (m memory) keepEdits(ctx context.Context, step plan.StepID, edits []activities.Edit) {
	raw, err := json.Marshal(edits)
	if err == nil { // strings always encode
		m.keep(ctx, activities.Outcome{Step: step + changedMark, Items: []string{string(raw)}})
	}
}

const changedMark = ":changed"

func (m memory) edits() []activities.Edit {
	var out []activities.Edit
	for _, raw := range m[plan.StepID(plan.GoogleProfile)+changedMark].Items {
		if err := json.Unmarshal([]byte(raw), &out); err != nil {
			return nil // an older shape is as good as none
		}
	}
	return out
}
