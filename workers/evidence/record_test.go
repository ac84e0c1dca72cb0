package evidence

import (
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
)

func TestFinal(t *testing.T) {
	now := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
	down := activities.Classify(activities.Problemf(activities.Unavailable, "down"))
	refused := activities.Classify(activities.Problemf(activities.Forbidden, "refused"))
	throttled := activities.Classify(&activities.Problem{Type: activities.RateLimited, Text: "slow down", Delay: time.Minute})
	cases := []struct {
		name   string
		err    error
		policy *temporal.RetryPolicy
		// attempt and left describe where the activity stands: left is the time to the schedule-to-close timeout.
		attempt int32
		left    time.Duration
		want    bool
	}{
		{name: "refused for good", err: refused, want: true},
		{name: "no policy known, passing fault", err: down, want: false},
		{name: "plain error", err: errors.New("x"), policy: &temporal.RetryPolicy{}, attempt: 1, want: false},
		{name: "attempts left", err: down, policy: &temporal.RetryPolicy{MaximumAttempts: 3}, attempt: 2, want: false},
		{name: "last attempt", err: down, policy: &temporal.RetryPolicy{MaximumAttempts: 3}, attempt: 3, want: true},
		{name: "type that the caller does not retry", err: down, policy: &temporal.RetryPolicy{NonRetryableErrorTypes: []string{activities.Unavailable}}, attempt: 1, want: true},
		{name: "time for another attempt", err: down, policy: &temporal.RetryPolicy{InitialInterval: time.Second}, attempt: 1, left: 2 * time.Second, want: false},
		{name: "no time for another attempt", err: down, policy: &temporal.RetryPolicy{InitialInterval: time.Second}, attempt: 1, left: time.Second, want: true},
		{name: "backoff has grown past the time left", err: down, policy: &temporal.RetryPolicy{InitialInterval: time.Second}, attempt: 4, left: 8 * time.Second, want: true},
		{name: "the vendor's delay is past the time left", err: throttled, policy: &temporal.RetryPolicy{}, attempt: 1, left: 59 * time.Second, want: true},
		{name: "the vendor's delay fits", err: throttled, policy: &temporal.RetryPolicy{}, attempt: 1, left: 61 * time.Second, want: false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			info := activity.Info{RetryPolicy: c.policy, Attempt: c.attempt}
			if c.left > 0 {
				info.ScheduledTime, info.ScheduleToCloseTimeout = now.Add(-time.Hour), time.Hour+c.left
			}
			if got := final(info, c.err, now); got != c.want {
				t.Errorf("final = %v, want %v", got, c.want)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	cases := []struct {
		policy  temporal.RetryPolicy
		attempt int32
		want    time.Duration
	}{
		{temporal.RetryPolicy{}, 1, time.Second},
		{temporal.RetryPolicy{}, 3, 4 * time.Second},
		{temporal.RetryPolicy{}, 500, 100 * time.Second},
		{temporal.RetryPolicy{InitialInterval: time.Minute, BackoffCoefficient: 1}, 9, time.Minute},
		{temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 3 * time.Second}, 9, 3 * time.Second},
	}
	for _, c := range cases {
		if got := backoff(c.policy, c.attempt); got != c.want {
			t.Errorf("backoff(%+v, %d) = %v, want %v", c.policy, c.attempt, got, c.want)
		}
	}
}
