package google

import (
	"context"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// SetAutoReply turns the vacation responder on with a plain text. The vendor replaces the whole setting, so a repeat
// changes nothing.
func (s *System) SetAutoReply(ctx context.Context, in activities.SetAutoReply) (activities.Outcomes, error) {
	return one(ctx, stepOr(in.Steps, plan.GoogleAutoReply), in.Account, func(o activities.Outcome) (activities.Outcome, error) {
		if strings.TrimSpace(in.Subject+in.Body) == "" {
			return attention(o, activities.InvalidInput, "the automatic reply has neither subject nor body", "write one in offboard.auto_reply of the policy"), nil
		}
		want := &gmail.VacationSettings{EnableAutoReply: true, ResponseSubject: in.Subject, ResponseBodyPlainText: in.Body}
		return s.mailboxStep(ctx, in.Perform, o, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
			return s.reply(ctx, u, want, o)
		})
	})
}

// reply sets the responder; want with EnableAutoReply false turns it off.
func (s *System) reply(ctx context.Context, u *directory.User, want *gmail.VacationSettings, o activities.Outcome) (activities.Outcome, error) {
	api, err := s.mail(ctx, u.PrimaryEmail, mailFamily)
	if err != nil {
		return o, err
	}
	set := func() (bool, error) {
		have, err := api.GetVacation("me").Context(ctx).Do()
		return err == nil && sameReply(have, want), err
	}
	readBack := "automatic reply is off"
	if want.EnableAutoReply {
		readBack = "automatic reply is on with the policy's text"
	}
	if already, err := set(); err != nil || already {
		return s.verified(o, "already as it should be", readBack), err
	}
	want.ForceSendFields = []string{"EnableAutoReply"}
	o.Executed = s.now()
	ok, err := ensure(ctx, s.config.Settle, func() error {
		_, err := api.UpdateVacation("me", want).Context(ctx).Do()
		return err
	}, set)
	switch {
	case err != nil:
		return o, err
	case !ok:
		return unverified(o, "Google accepted the automatic reply", "the mailbox shows another one"), nil
	}
	return s.verified(o, "automatic reply set", readBack), nil
}

// sameReply compares what people read. Gmail may change line ends, and adds an HTML body of its own.
func sameReply(have, want *gmail.VacationSettings) bool {
	if !want.EnableAutoReply {
		return !have.EnableAutoReply
	}
	return have.EnableAutoReply && words(have.ResponseSubject) == words(want.ResponseSubject) &&
		words(have.ResponseBodyPlainText) == words(want.ResponseBodyPlainText) &&
		!have.RestrictToContacts && !have.RestrictToDomain
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }
