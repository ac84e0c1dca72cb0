package evidence

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
)

// outcomeRecords makes one record per outcome. A step that has not got anywhere yet is no evidence.
func outcomeRecords(base evidence.Record, outcomes []activities.Outcome) []evidence.Record {
	var records []evidence.Record
	for _, o := range outcomes {
		if o.State == plan.Pending || o.State == plan.Running {
			continue
		}
		r := base
		r.Step, r.State, r.Problem = o.Step, o.State, o.Problem
		r.Account, r.Detail, r.ReadBack, r.Items = o.Account, o.Detail, o.ReadBack, o.Items
		r.Executed, r.Verified = o.Executed, o.Verified
		r.System = systemOf(o.Step, base.System)
		records = append(records, r)
	}
	return records
}

// systemOf is whose account or thing a step acts on. A step that acts on none, because a person is asked or told
// something, is of the system that its activity works on.
func systemOf(step plan.StepID, own string) string {
	switch system := step.System(); system {
	case "", "identity", "tell":
		return own
	default:
		return system
	}
}

// failureRecords makes one record per step that was asked for and not done, or one without a step when the
// activity performs none.
func failureRecords(base evidence.Record, ask asked, err error) []evidence.Record {
	problem := problemOf(err)
	base.Problem, base.Detail, base.Account = problem.Type, problem.Text, ask.Account
	if len(ask.Steps) == 0 {
		return []evidence.Record{base}
	}
	records := make([]evidence.Record, 0, len(ask.Steps))
	for _, step := range ask.Steps {
		r := base
		r.Step, r.State, r.System = step, plan.NeedsAttention, systemOf(step, base.System)
		records = append(records, r)
	}
	return records
}

// problemOf reads the problem back from a classified error, or classifies it.
func problemOf(err error) *activities.Problem {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return activities.ProblemOf(err)
	}
	var detail activities.ProblemDetail
	if app.HasDetails() && app.Details(&detail) == nil && detail.Text != "" {
		return &activities.Problem{Type: app.Type(), Text: detail.Text, Mend: detail.Mend}
	}
	return &activities.Problem{Type: app.Type(), Text: app.Message()}
}

// asked is what an input asks for. All inputs name it alike in their payload: "steps" for several and "step" for one,
// "account" for the vendor's id of what is to be changed.
type asked struct {
	Step    plan.StepID   `json:"step"`
	Steps   []plan.StepID `json:"steps"`
	Account string        `json:"account"`
}

// askedFor reads it from the payload, so that an input added tomorrow is covered without being listed here.
func askedFor(input any) asked {
	var ask asked
	b, err := json.Marshal(input)
	if err != nil || json.Unmarshal(b, &ask) != nil {
		return asked{}
	}
	if len(ask.Steps) == 0 && ask.Step != "" {
		ask.Steps = []plan.StepID{ask.Step}
	}
	return ask
}

// final says whether Temporal will not try again after err, by the rules of the service: the error is not
// retryable, the attempts are used up, or the next attempt would begin after the schedule-to-close timeout.
// A worker that dies or an attempt that times out never comes here; the workflow records those.
func final(info activity.Info, err error, now time.Time) bool {
	var app *temporal.ApplicationError
	isApp := errors.As(err, &app)
	if isApp && app.NonRetryable() {
		return true
	}
	policy := info.RetryPolicy
	if policy == nil {
		return false
	}
	if isApp && slices.Contains(policy.NonRetryableErrorTypes, app.Type()) {
		return true
	}
	if policy.MaximumAttempts > 0 && info.Attempt >= policy.MaximumAttempts {
		return true
	}
	if info.ScheduleToCloseTimeout <= 0 {
		return false
	}
	next := backoff(*policy, info.Attempt)
	if isApp && app.NextRetryDelay() > 0 {
		next = app.NextRetryDelay()
	}
	return !now.Add(next).Before(info.ScheduledTime.Add(info.ScheduleToCloseTimeout))
}

// The defaults of the service for what a retry policy leaves out.
const (
	defaultInitialInterval = time.Second
	defaultCoefficient     = 2.0
	defaultMaximumFactor   = 100
)

// backoff is how long the service waits after this attempt.
func backoff(p temporal.RetryPolicy, attempt int32) time.Duration {
	initial, coefficient, limit := p.InitialInterval, p.BackoffCoefficient, p.MaximumInterval
	if initial <= 0 {
		initial = defaultInitialInterval
	}
	if coefficient < 1 {
		coefficient = defaultCoefficient
	}
	if limit <= 0 {
		limit = initial * defaultMaximumFactor
	}
	// Compared as floats: with many attempts the product exceeds what a Duration can hold.
	wait := float64(initial) * math.Pow(coefficient, float64(attempt-1))
	if wait > float64(limit) {
		return limit
	}
	return time.Duration(wait)
}
