package slack

import (
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// CutAccess performs slack.account the way the configuration says: not at all (off), by deactivating the account
// (scim), or by signing the person out everywhere (enterprise). The account is found by Account, a Slack user id,
// or else by Login, the mail address. What the workspace's plan cannot do becomes a person's job.
func (s *System) CutAccess(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	var out activities.Outcomes
	for _, step := range in.Steps {
		o := activities.Outcome{Step: step, Account: in.Account, Executed: time.Now().UTC()}
		done, err := s.cut(ctx, in, o)
		if err != nil {
			if ctx.Err() != nil || activities.ProblemOf(err).Retryable() {
				return activities.Outcomes{}, classified(ctx, err)
			}
			done = activities.NeedsPerson(o, err)
		}
		out.Steps = append(out.Steps, done)
	}
	return out, nil
}

func (s *System) cut(ctx context.Context, in activities.Perform, o activities.Outcome) (activities.Outcome, error) {
	if o.Step.Action() != plan.SlackAccount {
		return o, activities.Problemf(activities.Unsupported, "Slack does not perform %s", o.Step)
	}
	if s.mode == AccountOff {
		return absent(o, plan.NotApplicable, "Slack is deprovisioned through the identity provider"), nil
	}
	if err := checkIdentity(in); err != nil {
		return o, err
	}
	if s.mode == AccountSCIM {
		return s.deactivate(ctx, in, o)
	}
	return s.signOut(ctx, in, o)
}

var userID = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)

// checkIdentity makes sure that the account can be named without hitting somebody else's.
func checkIdentity(in activities.Perform) error {
	if in.Account != "" {
		if !userID.MatchString(in.Account) {
			return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("account %q is not a Slack user id", in.Account),
				Mend: "a Slack user id is U or W, then capitals and digits; leave it empty to look the person up by mail address"}
		}
		return nil
	}
	if a, err := mail.ParseAddress(in.Login); err != nil || a.Address != in.Login {
		return &activities.Problem{Type: activities.InvalidInput, Text: "login is not a mail address", Mend: "give the person's work address"}
	}
	return nil
}

// absent is an outcome for which nothing had to be done.
func absent(o activities.Outcome, state plan.State, detail string) activities.Outcome {
	o.State, o.Detail, o.Executed = state, detail, time.Time{}
	return o
}

// confirmed is an outcome by what the separate read afterwards said.
func confirmed(o activities.Outcome, agreed bool, detail, readBack string) activities.Outcome {
	o.Detail, o.ReadBack = detail, readBack
	if !agreed {
		o.State = plan.Unverified
		o.Mend = "look at the account in Slack's admin pages and deactivate it by hand"
		return o
	}
	o.State, o.Verified = plan.Verified, time.Now().UTC()
	return o
}
