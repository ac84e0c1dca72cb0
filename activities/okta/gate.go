package okta

import (
	"context"
	"errors"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// takeBackWithin bounds how long what was given may take to be taken back, whatever became of the activity meanwhile.
const takeBackWithin = 30 * time.Second

// overtakenBy begins what is told of a step that the gate refused.
const overtakenBy = "overtaken: "

// overtaken is the gate's refusal: HR, or an offboarding, was quicker.
type overtaken struct{ by *activities.Problem }

func (o *overtaken) Error() string { return overtakenBy + o.by.Text }

func (o *overtaken) Unwrap() error { return o.by }

// unlessOvertaken ends a step that the gate refused: it is nobody's job any more.
func (w *work) unlessOvertaken(err error) error {
	var refused *overtaken
	if !errors.As(err, &refused) {
		return err
	}
	w.end(plan.NotApplicable, "")
	w.out.Problem, w.out.Detail, w.out.Mend = activities.Conflict, refused.Error(), refused.by.Mend
	return nil
}

// wasOvertaken says whether the gate refused a step.
func wasOvertaken(o activities.Outcome) bool {
	return o.State == plan.NotApplicable && o.Problem == activities.Conflict && strings.HasPrefix(o.Detail, overtakenBy)
}

// mayGive asks the gate whether the person may be given what their role gives, mayOpen whether they may sign in.
func (c *convergence) mayGive(ctx context.Context) error {
	if c.gate == nil {
		return nil
	}
	return judged(c.gate.MayGive(ctx, c.in.CaseRef))
}

func (c *convergence) mayOpen(ctx context.Context) error {
	if c.gate == nil {
		return nil
	}
	return judged(c.gate.MayOpen(ctx, c.in.CaseRef))
}

// judged tells a refusal of the gate from a fault of ours, which passes.
func judged(err error) error {
	if err == nil {
		return nil
	}
	if p := activities.ProblemOf(err); p.Type == activities.Conflict {
		return &overtaken{p}
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "whether this may be given could not be asked: " + err.Error(), Cause: err}
}

// still asks once more after something was given. What the gate refuses now, and what it does not answer, is taken back
// at once: even when the activity was cancelled, and out of the part of the rate limit that is left to emergencies.
func (c *convergence) still(ctx context.Context, ask, takeBack func(context.Context) error) error {
	err := ask(ctx)
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithValue(context.WithoutCancel(ctx), askedByAPerson{}, true), takeBackWithin)
	defer cancel()
	var refused *overtaken
	if !errors.As(err, &refused) {
		if err = ask(ctx); err == nil {
			return nil // it was the activity that had ended, not the gate that was shut
		}
	}
	if failed := takeBack(ctx); failed != nil {
		p := activities.ProblemOf(failed)
		return &activities.Problem{Type: p.Type, Text: err.Error() + "; and what was given could not be taken back: " + p.Text,
			Mend: "shut the account in Okta's admin console now", Delay: p.Delay, Cause: failed}
	}
	return err
}

// shutFirst tells the gate that an offboarding is about to cut: nothing gives access from now on. A gate that does not
// answer must not keep access open, so its error is for afterwards.
func (s *System) shutFirst(ctx context.Context, ref activities.CaseRef) error {
	if s.gate == nil {
		return nil
	}
	err := s.gate.Shut(ctx, ref)
	if err == nil {
		return nil
	}
	return &activities.Problem{Type: activities.Unavailable, Cause: err,
		Text: "access was cut, and the fence that keeps it from being given again could not be put up: " + err.Error()}
}

// lift takes the fence down for a rescind, before anything is opened.
func (s *System) lift(ctx context.Context, ref activities.CaseRef) error {
	if s.gate == nil {
		return nil
	}
	err := s.gate.Lift(ctx, ref)
	if p := (*activities.Problem)(nil); err == nil || errors.As(err, &p) {
		return err
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "the fence that keeps access shut could not be taken down: " + err.Error(), Cause: err}
}
