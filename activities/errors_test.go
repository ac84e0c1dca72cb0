package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/plan"
)

// retried is the contract's table: which types are tried again.
var retried = map[string]bool{
	activities.InvalidInput: false,
	activities.NotFound:     false,
	activities.Forbidden:    false,
	activities.Conflict:     false,
	activities.Unsupported:  false,
	activities.Ambiguous:    false,
	activities.RateLimited:  true,
	activities.Unavailable:  true,
}

func TestClassify_EveryType_IsRetriedOrNot(t *testing.T) {
	for typ, again := range retried {
		t.Run(typ, func(t *testing.T) {
			p := &activities.Problem{Type: typ, Text: "okta refused it", Mend: "grant the scope", Delay: 7 * time.Second}
			require.Equal(t, again, p.Retryable())
			var app *temporal.ApplicationError
			require.ErrorAs(t, activities.Classify(p), &app)
			require.Equal(t, typ, app.Type())
			require.Equal(t, !again, app.NonRetryable())
			require.Equal(t, 7*time.Second, app.NextRetryDelay(), "the vendor's own delay")
			var detail activities.ProblemDetail
			require.NoError(t, app.Details(&detail))
			require.Equal(t, activities.ProblemDetail{Text: "okta refused it", Mend: "grant the scope"}, detail)
		})
	}
}

func TestClassify_Nil_StaysNil(t *testing.T) { require.NoError(t, activities.Classify(nil)) }

func TestClassify_ClassifiedAlready_StaysAsItIs(t *testing.T) {
	first := activities.Classify(activities.Problemf(activities.Forbidden, "no"))
	require.Same(t, first, activities.Classify(first))
	wrapped := fmt.Errorf("okta.suspend: %w", first)
	require.Same(t, wrapped, activities.Classify(wrapped))
}

func TestClassify_ProblemInsideAnotherError_IsFound(t *testing.T) {
	err := activities.Classify(fmt.Errorf("read user: %w", activities.Problemf(activities.Ambiguous, "two users")))
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, activities.Ambiguous, app.Type())
	require.True(t, app.NonRetryable())
}

// Whatever nobody thought of is tried again; so is a call that was cut off because its worker stopped.
func TestClassify_UnknownErrors_AreUnavailable(t *testing.T) {
	for _, err := range []error{errors.New("odd"), context.DeadlineExceeded, fmt.Errorf("call: %w", context.Canceled)} {
		var app *temporal.ApplicationError
		require.ErrorAs(t, activities.Classify(err), &app)
		require.Equal(t, activities.Unavailable, app.Type())
		require.False(t, app.NonRetryable())
		require.Contains(t, app.Error(), err.Error())
	}
}

func TestProblem_SaysTypeTextAndMend(t *testing.T) {
	require.EqualError(t, &activities.Problem{Type: activities.NotFound, Text: "no such user"}, "NotFound: no such user")
	require.EqualError(t, &activities.Problem{Type: activities.Forbidden, Text: "refused", Mend: "renew the token"}, "Forbidden: refused (renew the token)")
}

func TestProblemf_KeepsTheCause(t *testing.T) {
	cause := errors.New("connection reset")
	p := activities.Problemf(activities.Unavailable, "jamf: %w", cause)
	require.ErrorIs(t, p, cause)
	require.Equal(t, "jamf: connection reset", p.Text)
	require.NoError(t, activities.Problemf(activities.NotFound, "no computer %d", 7).Cause)
}

func TestProblemOf_GivesTheProblemItself(t *testing.T) {
	p := activities.Problemf(activities.Conflict, "changed meanwhile")
	require.Same(t, p, activities.ProblemOf(fmt.Errorf("lock: %w", p)))
	cause := errors.New("odd")
	require.ErrorIs(t, activities.ProblemOf(cause), cause)
}

func TestNeedsPerson_KeepsTheStepAndSaysWhatToDo(t *testing.T) {
	o := activities.NeedsPerson(activities.Outcome{Step: "okta.roles", Account: "00u1", Executed: time.Unix(1, 0)},
		&activities.Problem{Type: activities.Forbidden, Text: "the token may not", Mend: "use a super administrator's"})
	require.Equal(t, activities.Outcome{Step: "okta.roles", Account: "00u1", Executed: time.Unix(1, 0), State: plan.NeedsAttention,
		Problem: activities.Forbidden, Detail: "the token may not", Mend: "use a super administrator's"}, o)
}

// What came back after the context ended says nothing about the vendor: the call itself was cut off.
func TestEnded_TheContextWins(t *testing.T) {
	refused := activities.Problemf(activities.Forbidden, "no")
	require.NoError(t, activities.Ended(t.Context(), nil))
	var app *temporal.ApplicationError
	require.ErrorAs(t, activities.Ended(t.Context(), refused), &app)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, context.Canceled, activities.Ended(cancelled, refused))
	require.NoError(t, activities.Ended(cancelled, nil))
}
