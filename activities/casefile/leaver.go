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

// leaver is the record that the case of somebody with several is about. Who works on in another position when the case
// takes effect does not leave: ending one record takes away what only that record gave, which is a move. An emergency is
// about the person, whatever positions they have, and waits for no record.
//
// What begins on the day after the last day goes on: a contractor who is hired leaves nobody. A longer gap is a leaving,
// because HR says that nobody works here then.
func (c *Casefile) leaver(ctx context.Context, p policy.Policy, in activities.OpenCase, named employee.Employee) (employee.Employee, error) {
	records, err := c.store.Records(ctx, named.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return named, activities.Classify(err)
	}
	if len(records) < 2 {
		return named, nil
	}
	at := in.At
	if in.Effective.After(at) {
		at = in.Effective
	}
	all := positionsOf(p, records)
	if on, ok := goesOn(all, at, in, named); ok && !in.Emergency {
		return named, refuse(activities.Conflict,
			"nothing is to be done: access follows the records that go on. If the whole person leaves, end the other record in HR too, or start an emergency case",
			"%s has another position (record %s): this is a move", in.Employee, on.ID)
	}
	return lastOf(all, in.At, named), nil
}

// goesOn is the position that somebody works on in. Of a record that is named by a person only another one counts: they
// may well end what HR has not ended yet.
func goesOn(all []position, at time.Time, in activities.OpenCase, named employee.Employee) (position, bool) {
	byHR := strings.HasPrefix(in.Actor, doorHR)
	_, begun := working(all, at)
	for _, r := range begun {
		if byHR || r.ProfileID != named.ProfileID {
			return r, true
		}
	}
	return position{}, false
}

// doorHR begins the actor of what HR's records say.
const doorHR = "namely:"

// lastOf is the record that somebody worked under last: one that is not over before one that is, and then the one that
// lasts the longest. The one that was named wins where nothing else decides.
func lastOf(all []position, at time.Time, named employee.Employee) employee.Employee {
	lasts := func(r position) int64 {
		switch {
		case !r.over(at) && r.leaves.IsZero():
			return 1<<62 + 1
		case !r.over(at):
			return 1<<62 - 1<<40 + r.leaves.Unix()
		case r.leaves.IsZero():
			return 0
		}
		return r.leaves.Unix()
	}
	best := slices.MaxFunc(all, func(a, b position) int {
		switch x, y := lasts(a), lasts(b); {
		case x != y:
			return int(min(1, max(-1, x-y)))
		case a.ProfileID == named.ProfileID:
			return 1
		case b.ProfileID == named.ProfileID:
			return -1
		}
		return 0
	})
	return best.Employee
}

// samePerson says whether two records are one person's.
func (c *Casefile) samePerson(ctx context.Context, a, b employee.ID) (bool, error) {
	one, err := c.store.MainID(ctx, a)
	if err != nil {
		return false, err
	}
	other, err := c.store.MainID(ctx, b)
	return one == other, err
}

// Recheck reads what a parked case must wake up to. Somebody whom the directory no longer has is not gone: absence
// is never termination. Status is empty when the leaver is no longer in it.
//
// The heir is another once HR says so: they cannot take over any more, or they are not above the leaver any more, or
// they were lent the mailbox as the leaver's manager and HR has put the leaver's record under another one. So when a
// manager moves on to other work, the lease moves to who took their place. Where HR names no manager any more nothing
// is concluded from that: some clear the field of whoever leaves.
func (c *Casefile) Recheck(ctx context.Context, in activities.Recheck) (activities.Rechecked, error) {
	p := c.policy()
	records, err := c.store.Records(ctx, in.Employee)
	if errors.Is(err, store.ErrNotFound) {
		return activities.Rechecked{}, nil
	}
	if err != nil {
		return activities.Rechecked{}, activities.Classify(err)
	}
	leaver := lastOf(positionsOf(p, records), c.now(), records[0])
	heirs, err := c.heirs(ctx, p, leaver)
	if err != nil {
		return activities.Rechecked{}, activities.Classify(err)
	}
	out := activities.Rechecked{Status: liveliest(records), Managers: heirs}
	if in.Heir == "" { // a shared mailbox is nobody who could leave
		return out, nil
	}
	out.Why, err = c.notHeir(ctx, in, leaver, heirs)
	out.HeirGone = out.Why != ""
	return out, activities.Classify(err)
}

// liveliest is the status of the record that is the most alive.
func liveliest(records []employee.Employee) employee.Status {
	best := employee.Inactive
	for _, e := range records {
		if e.Status == employee.Active || e.Status == employee.Pending && best == employee.Inactive {
			best = e.Status
		}
	}
	return best
}

// notHeir is why somebody else must be the heir, in words that go on from the name; empty where nobody must.
func (c *Casefile) notHeir(ctx context.Context, in activities.Recheck, leaver employee.Employee, heirs []plan.Heir) (string, error) {
	heir, err := c.one(ctx, in.Heir)
	if err != nil || heir.ProfileID == "" {
		return "", err
	}
	for i, h := range heirs {
		if h.Employee == "" {
			continue
		}
		same, err := c.samePerson(ctx, h.Employee, in.Heir)
		if err != nil {
			return "", err
		}
		direct := heirs[0].Why == whyManager
		if same && in.As == whyManager && i > 0 && direct {
			return "is not the manager of " + string(leaver.ID) + " any more", nil
		}
		if same {
			return "", nil
		}
	}
	switch {
	case !plan.MayInherit(heir, leaver):
		return whyNot(heir), nil
	case leaver.ManagerProfileID == "":
		return "", nil
	}
	return "is not among the managers above " + string(leaver.ID) + " any more", nil
}

// whyManager is [plan.Heir.Why] of the direct manager.
const whyManager = "manager"

// whyNot says why somebody cannot take over.
func whyNot(e employee.Employee) string {
	switch {
	case e.Status != employee.Active:
		return "has left"
	case !e.DepartureDate.IsZero():
		return "leaves on " + e.DepartureDate.String()
	case e.OnLeave:
		return "is on leave"
	}
	return "cannot take over any more"
}

// one is the record of an id; zero when there is none.
func (c *Casefile) one(ctx context.Context, id employee.ID) (employee.Employee, error) {
	found, err := c.store.Find(ctx, string(id))
	for _, e := range found {
		if e.ID == id {
			return e, nil
		}
	}
	return employee.Employee{}, err
}
