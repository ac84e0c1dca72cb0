package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
)

// The error types an activity can end with. Workflows branch on these and on nothing else
// ([temporal.ApplicationError.Type]); whether a type is retried is decided here, once.
const (
	InvalidInput = "InvalidInput" // the request is wrong and stays wrong
	NotFound     = "NotFound"     // there is no such thing
	Forbidden    = "Forbidden"    // credentials refused or a right is missing: an operator must act
	Conflict     = "Conflict"     // somebody else changed it, or its state does not allow this
	Unsupported  = "Unsupported"  // the vendor or the plan cannot do it
	Ambiguous    = "Ambiguous"    // more than one thing fits; guessing would hit the wrong person
	RateLimited  = "RateLimited"  // retried after the vendor's own delay
	Unavailable  = "Unavailable"  // retried
)

// Problem is an error with one of the types above. Vendor clients return it; [Classify] turns it into what
// Temporal understands.
type Problem struct {
	Type  string
	Text  string        // for people: what was refused and by whom; no secrets, no bodies
	Mend  string        // for people: what to do about it
	Delay time.Duration // for RateLimited: the vendor's own delay
	Cause error
}

// Error is the text with its type.
func (p *Problem) Error() string {
	if p.Mend == "" {
		return p.Type + ": " + p.Text
	}
	return p.Type + ": " + p.Text + " (" + p.Mend + ")"
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// Retryable says whether trying again can help.
func (p *Problem) Retryable() bool { return p.Type == RateLimited || p.Type == Unavailable }

// Problemf makes a problem of the given type.
func Problemf(typ, format string, args ...any) *Problem {
	err := fmt.Errorf(format, args...)
	return &Problem{Type: typ, Text: err.Error(), Cause: errors.Unwrap(err)}
}

// ProblemOf finds the problem in err. An error nobody classified is Unavailable: retried, and seen by a person
// when the retries are used up.
func ProblemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return &Problem{Type: Unavailable, Text: err.Error(), Cause: err}
}

// Classify turns an error of a vendor client into a Temporal application error with its type, its retryability
// and its delay. nil stays nil, and an error that is one already is returned as it is.
func Classify(err error) error {
	if err == nil {
		return nil
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return err
	}
	p := ProblemOf(err)
	return temporal.NewApplicationErrorWithOptions(p.Error(), p.Type, temporal.ApplicationErrorOptions{
		NonRetryable:   !p.Retryable(),
		NextRetryDelay: p.Delay,
		Details:        []any{ProblemDetail{Text: p.Text, Mend: p.Mend}},
	})
}

// Ended is the error an activity ends with: that of its context when it was cancelled or out of time, for then nothing
// is known of the vendor, and the classified error otherwise. nil stays nil.
func Ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return Classify(err)
}

// ProblemDetail travels with a classified error, so that a card can show text and mend apart.
type ProblemDetail struct {
	Text string `json:"text"`
	Mend string `json:"mend,omitempty"`
}

// NeedsPerson is the outcome of a step that was refused for good.
func NeedsPerson(o Outcome, err error) Outcome {
	p := ProblemOf(err)
	o.State = "needs_attention"
	o.Problem, o.Detail, o.Mend = p.Type, p.Text, p.Mend
	return o
}
