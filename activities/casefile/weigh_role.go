package casefile

import (
	"context"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/role"
)

// Stand is where somebody with these records stands by HR's word alone: a case that keeps them out is left out of it.
func Stand(p policy.Policy, records []employee.Employee, at time.Time) role.Stand {
	return standAt(p, records, nil, at).stand
}

// decidesWho says whether a step is somebody's decision about who a person is, or that they are let in again.
func decidesWho(s plan.StepID) bool {
	return s.Action() == plan.IdentityMatch || s.Action() == plan.IdentityRehire
}

// mayHaveRole lets nobody be given a role whom HR says is gone, whoever asks: HR must say first that they are not.
func (w *weighing) mayHaveRole(ctx context.Context) error {
	if w.Ask.Verb != activities.VerbOnboard && w.Ask.Verb != activities.VerbMove {
		return nil
	}
	if !w.policy.Maps() {
		return no(activities.Unsupported, "add mapping: to the policy", "the policy has no mapping: it does not say what a role gives, and so there is nothing to give")
	}
	records, err := w.store.Records(ctx, w.out.Person.ID)
	if err != nil {
		return err
	}
	if s := standAt(w.policy, records, nil, w.At); s.stand == role.Gone {
		return no(activities.Conflict, "have HR make the person active in Namely first, and mind the departure date; Tenure sees it within minutes",
			"%s of %s is not done: %s", w.Ask.Verb, w.out.Person.ID, s.why)
	}
	return nil
}
