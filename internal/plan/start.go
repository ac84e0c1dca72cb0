package plan

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// StartsAt is when the accounts of somebody who begins on a given day are to be open: the policy's hour on the clocks
// of their own zone, as [EffectiveAt] is for somebody who leaves. No day is the zero time.
func StartsAt(p policy.Policy, e employee.Employee, day employee.Date) time.Time {
	if day.IsZero() {
		return time.Time{}
	}
	return policy.Instant(day, p.Onboard.At, p.Zone(e))
}

// PrepareAt is when the accounts of somebody who begins on a given day are to be there, not yet open. No day is the
// zero time.
func PrepareAt(p policy.Policy, e employee.Employee, day employee.Date) time.Time {
	starts := StartsAt(p, e, day)
	if starts.IsZero() {
		return starts
	}
	return starts.Add(-p.Long(p.Onboard.Prepare))
}

// roleSettings is what joining, moving and leave need of the policy; nothing where it maps no roles.
func roleSettings(p policy.Policy) RoleSettings {
	if !p.Maps() {
		return RoleSettings{}
	}
	o := p.Onboard
	s := RoleSettings{
		On:     true,
		Google: o.Google, GooglePoll: p.Long(o.GooglePoll), GoogleDeadline: p.Long(o.GoogleDeadline),
		ActivationMail: o.ActivationMail, AskRehire: o.Rehire != policy.RehireAuto,
		TakenFromHR: p.Mapping.Login.Taken,
		TellManager: o.TellManager, HRChannel: p.Slack.HRChannel,
		Overlap: p.Long(p.Move.Overlap), ShowMoves: p.Move.Show, LeaveGoogle: p.Leave.Google,
	}
	if e := o.Equipment; e != nil {
		s.Equipment = &Equipment{Models: e.Models, OS: e.OS, Speed: e.Speed, Notify: e.Notify,
			Before: p.Long(e.Before), Poll: p.Long(e.Poll), Deadline: p.Long(e.Deadline)}
	}
	return s
}
