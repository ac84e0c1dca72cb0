package okta

import (
	"context"
	"fmt"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/plan"
)

// work is one step being performed on one account.
type work struct {
	*System
	account  string
	out      *activities.Outcome
	progress *progress
}

// step performs one action: it fills w.out or returns an error.
type step func(ctx context.Context, w *work) error

// perform runs the steps in the given order. A step refused for good becomes an outcome that asks for a person. A
// passing fault does not keep the later steps waiting (a failing list of roles must not delay a suspension); it is
// returned at the end, and the retry finds the finished steps done.
func (s *System) perform(ctx context.Context, account string, ids []plan.StepID, steps map[plan.Action]step) (activities.Outcomes, error) {
	if account == "" {
		return activities.Outcomes{}, activities.Classify(invalid("the account is empty: it must be an Okta user id"))
	}
	var out activities.Outcomes
	var faults []error
	p := recall(ctx)
	for _, id := range ids {
		o, err := s.run(ctx, p, account, id, steps[id.Action()])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		out.Steps = append(out.Steps, o)
	}
	if err := worst(faults); err != nil {
		return activities.Outcomes{}, activities.Classify(err)
	}
	return out, nil
}

// run performs one step. Its error is a passing fault, for Temporal to retry.
func (s *System) run(ctx context.Context, p *progress, account string, id plan.StepID, do step) (activities.Outcome, error) {
	o := activities.Outcome{Step: id, Account: account}
	err := error(&activities.Problem{Type: activities.Unsupported, Text: fmt.Sprintf("this activity does not perform %s", id), Mend: mendBug})
	if do != nil {
		err = do(ctx, &work{System: s, account: account, out: &o, progress: p})
	}
	if passing(err) {
		if !o.Executed.IsZero() {
			p.note(o)
		}
		return o, err
	}
	if err != nil {
		return activities.NeedsPerson(o, err), nil
	}
	o = p.credit(o)
	if !o.Executed.IsZero() {
		p.note(o)
	}
	return o, nil
}

// acted notes when the step changed something.
func (w *work) acted(detail string, args ...any) {
	w.out.Executed = w.now()
	w.out.Detail = fmt.Sprintf(detail, args...)
}

func (w *work) end(state plan.State, readBack string) {
	w.out.State, w.out.ReadBack = state, readBack
	w.out.Verified = time.Time{}
	if state.Proved() {
		w.out.Verified = w.now()
	}
}

// verified ends the step: a separate read agreed.
func (w *work) verified(readBack string) { w.end(plan.Verified, readBack) }

// already ends the step: there was nothing left to take away.
func (w *work) already(detail, readBack string) {
	w.end(plan.AlreadyAbsent, readBack)
	w.out.Detail = detail
}

// spared ends the step: it does not apply.
func (w *work) spared(detail, readBack string) {
	w.end(plan.NotApplicable, readBack)
	w.out.Detail = detail
}

// doubted ends the step: Okta said yes and the read-back disagrees.
func (w *work) doubted(detail, readBack string) {
	w.end(plan.Unverified, readBack)
	w.out.Detail = detail
	w.out.Mend = mendState
}

// gone ends the step when there is no account to act on any more, and says whether that is so.
func (w *work) gone(u *sdk.User) bool {
	switch {
	case u == nil:
		w.already("the account does not exist", "user not found")
		return true
	case u.Status == deprovisioned && u.TransitioningToStatus == "":
		w.already("the account is deactivated already", statusText(u))
		return true
	}
	return false
}

func statusText(u *sdk.User) string {
	if u.TransitioningToStatus != "" {
		return "status " + u.Status + ", turning " + u.TransitioningToStatus
	}
	return "status " + u.Status
}
