package casefile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/role"
	"tenure/internal/store"
)

// standing is where a person stands at one moment, from all of their HR records and whatever keeps them out. It is a
// function of these alone: how the records came to be what they are plays no part.
type standing struct {
	stand  role.Stand
	why    string
	shutBy string
	// giving are the records that the role is made of: those that have begun and are not over. Where none has begun, those
	// that will.
	giving []position
	all    []position

	prepare, starts, leaves, next time.Time
}

// position is one HR record with its moments, in the zone of that record.
type position struct {
	employee.Employee
	prepare, starts, leaves time.Time // zero for none
	zone                    string
}

func positionsOf(p policy.Policy, records []employee.Employee) []position {
	all := make([]position, 0, len(records))
	for _, e := range records {
		at := position{Employee: e, zone: p.ZoneName(e), prepare: plan.PrepareAt(p, e, e.StartDate), starts: plan.StartsAt(p, e, e.StartDate)}
		if !e.DepartureDate.IsZero() {
			at.leaves = plan.EffectiveAt(p, e, e.DepartureDate)
		}
		all = append(all, at)
	}
	return all
}

// over says whether HR says that nobody works under this record any more.
func (r position) over(at time.Time) bool {
	return r.Status == employee.Inactive || !r.leaves.IsZero() && !at.Before(r.leaves)
}

// begun says whether the work under this record has. The first day decides, by the policy's hour in the person's own
// zone, and not HR's status: Namely makes a pending profile active when its onboarding is finished, which may be days
// before the first day, or weeks after it. Only without a first day the status is all there is.
func (r position) begun(at time.Time) bool {
	if r.starts.IsZero() {
		return r.Status == employee.Active
	}
	return !at.Before(r.starts)
}

// follows says whether this record goes on where another one of the person has ended: its first day is no later than the
// day after the last day of that one. Then there is no day on which the person does not work here, and the night between
// two positions is no reason to take anything away, or to have a laptop sent back.
func (r position) follows(all []position, at time.Time) bool {
	return !r.StartDate.IsZero() && slices.ContainsFunc(all, func(o position) bool {
		return o.ProfileID != r.ProfileID && !o.leaves.IsZero() && o.ended(at) && !o.DepartureDate.Before(o.StartDate) &&
			!r.StartDate.Before(o.StartDate) && !nextDay(o.DepartureDate).Before(r.StartDate)
	})
}

// ended says whether the last day is over, or is today and HR has closed the record in the course of it.
func (r position) ended(at time.Time) bool {
	return !at.Before(r.leaves) || r.Status == employee.Inactive && r.DepartureDate.Come(at)
}

func nextDay(d employee.Date) employee.Date {
	t := d.At(24, 0, time.UTC)
	return employee.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
}

// working are the positions that are not over, begun those of them that are worked in.
func working(all []position, at time.Time) (working, begun []position) {
	for _, r := range all {
		if r.over(at) {
			continue
		}
		working = append(working, r)
		if r.begun(at) || r.follows(all, at) {
			begun = append(begun, r)
		}
	}
	return working, begun
}

// standAt works out where a person stands. fence is what keeps the person out, nil for nothing. What holds first is
// told: gone before away before expected before here.
//
// Somebody on leave in one of two positions is here: the other one is worked in. Somebody on leave whose first day has
// not come is expected: there is nothing to be away from yet.
func standAt(p policy.Policy, records []employee.Employee, fence *store.Fence, at time.Time) standing {
	s := standing{all: positionsOf(p, records)}
	working, begun := working(s.all, at)
	s.giving = begun
	s.clock(working, at)
	switch {
	case len(working) == 0:
		s.stand, s.why = role.Gone, whyOver(s.all, at)
	case fence != nil:
		s.stand, s.why = role.Gone, fmt.Sprintf("%s ended the access on the word of %s, and nobody has let them in again", fence.Case, fence.Actor)
	case len(s.giving) == 0:
		s.stand, s.why = role.Expected, whyExpected(working)
	case !slices.ContainsFunc(s.giving, func(r position) bool { return !r.OnLeave }):
		s.stand, s.why = role.Away, "HR has them on leave of absence"
	default:
		s.stand, s.why = role.Here, whyHere(s.giving, at)
	}
	if fence != nil {
		s.shutBy = fence.Case
	}
	if len(s.giving) == 0 {
		s.giving = working
	}
	return s
}

// endsAt is when the person works here no more, by the dates that HR has now and even if they are to begin again later;
// zero for never.
func endsAt(p policy.Policy, records []employee.Employee, at time.Time) time.Time {
	for now := standAt(p, records, nil, at); ; {
		next := now.next
		if next.IsZero() {
			return time.Time{}
		}
		was := now.stand
		now = standAt(p, records, nil, next)
		if began := was == role.Here || was == role.Away; began && (now.stand == role.Gone || now.stand == role.Expected) {
			return next
		}
	}
}

// gone says whether the person works here no more, nor is to.
func (s standing) gone() bool { return s.stand == role.Gone }

// clock fills in the moments. A person leaves with the last of their records, and not before each has a last day.
func (s *standing) clock(working []position, at time.Time) {
	for i, r := range working {
		if !r.starts.IsZero() && (s.starts.IsZero() || r.starts.Before(s.starts)) {
			s.starts, s.prepare = r.starts, r.prepare
		}
		switch {
		case r.leaves.IsZero() || i > 0 && s.leaves.IsZero():
			s.leaves = time.Time{}
		case r.leaves.After(s.leaves):
			s.leaves = r.leaves
		}
		for _, t := range []time.Time{r.starts, r.leaves} {
			if t.After(at) && (s.next.IsZero() || t.Before(s.next)) {
				s.next = t
			}
		}
	}
	if len(working) == 0 {
		for _, r := range s.all {
			if r.leaves.After(s.leaves) {
				s.leaves = r.leaves
			}
		}
	}
}

// refusal is why the person may not be given, or let into, anything; nil where they may.
func (s standing) refusal(what string, may ...role.Stand) error {
	if slices.Contains(may, s.stand) {
		return nil
	}
	mend := "nothing is to be done: it is looked at again when HR's record changes"
	if s.shutBy != "" {
		mend = "if they come back to work, start `tenure onboard` and confirm it; if " + s.shutBy + " was a mistake, rescind it"
	}
	return &activities.Problem{Type: activities.Conflict, Text: what + ": " + s.why, Mend: mend}
}

func whyOver(all []position, at time.Time) string {
	var parts []string
	for _, r := range all {
		text := "HR has " + string(r.ID) + " as inactive"
		if r.Status != employee.Inactive {
			text = fmt.Sprintf("the last day of %s, %s, is over (%s)", r.ID, r.DepartureDate, clockAt(r.leaves))
		} else if !r.leaves.IsZero() && !at.Before(r.leaves) {
			text += ", last day " + r.DepartureDate.String()
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func whyExpected(working []position) string {
	first := working[0]
	for _, r := range working[1:] {
		if !r.starts.IsZero() && (first.starts.IsZero() || r.starts.Before(first.starts)) {
			first = r
		}
	}
	if first.starts.IsZero() {
		return "HR has them as " + string(first.Status) + " and names no first day"
	}
	return fmt.Sprintf("the first day is %s (%s)", first.StartDate, clockAt(first.starts))
}

func whyHere(giving []position, at time.Time) string {
	if len(giving) > 1 {
		var ids []string
		for _, r := range giving {
			ids = append(ids, string(r.ID))
		}
		return "works here in several positions: " + strings.Join(ids, ", ")
	}
	r := giving[0]
	if !r.begun(at) {
		return fmt.Sprintf("goes on in another position, which begins on %s (%s)", r.StartDate, clockAt(r.starts))
	}
	if r.Status == employee.Pending {
		return fmt.Sprintf("the first day, %s, has come, though HR still has them as pending", r.StartDate)
	}
	text := "works here"
	if !r.starts.IsZero() {
		text += " since " + r.StartDate.String()
	}
	if r.leaves.After(at) {
		text += ", until " + clockAt(r.leaves)
	}
	return text
}

// clockAt is a moment as the person's own clocks show it.
func clockAt(t time.Time) string { return t.Format("2006-01-02 15:04 MST") }
