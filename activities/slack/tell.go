package slack

import (
	"context"
	"net/mail"
	"net/url"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/plan"
)

// Tell writes to one person, found by their work address, once for each key: the direct message between the two is
// looked through for our mark, from a little before the case was opened, before anything is posted. A message that
// stands there already, from an attempt whose answer got lost, is left as it is; of several the oldest stays.
//
// Somebody whom Slack does not know, or who is no full member of the workspace, is not told (not_applicable): a message
// names people, so it goes to nobody of whom Slack cannot say who they are. A right that the app lacks is somebody's
// job; passing faults are errors.
func (s *System) Tell(ctx context.Context, in activities.Tell) (activities.Outcomes, error) {
	o, err := s.tell(ctx, in, activities.Outcome{Step: in.Step})
	if err != nil {
		if ctx.Err() != nil || activities.ProblemOf(err).Retryable() {
			return activities.Outcomes{}, classified(ctx, err)
		}
		o = activities.NeedsPerson(o, err)
	}
	return activities.Outcomes{Steps: []activities.Outcome{o}}, nil
}

func (s *System) tell(ctx context.Context, in activities.Tell, o activities.Outcome) (activities.Outcome, error) {
	if err := checkTell(in); err != nil {
		return o, err
	}
	self, err := s.whoAmI(ctx)
	if err != nil {
		return o, err
	}
	who, why, err := s.addressee(ctx, in.Email, self)
	if err != nil {
		return o, err
	}
	if why != "" {
		return absent(o, plan.NotApplicable, why), nil
	}
	o.Account = who
	r, why, err := s.directly(ctx, who, self)
	if err != nil {
		return o, err
	}
	if why != "" {
		return absent(o, plan.NotApplicable, why), nil
	}
	return r.tellOnce(ctx, in, o)
}

func checkTell(in activities.Tell) error {
	wrong := func(text, mend string) error {
		return &activities.Problem{Type: activities.InvalidInput, Text: text, Mend: mend}
	}
	if in.Key == "" {
		return wrong("key is empty: a message is found again by it", mendBug)
	}
	if strings.TrimSpace(in.Title+in.Text) == "" {
		return wrong("title and text are empty: there is nothing to tell", mendBug)
	}
	if a, err := mail.ParseAddress(in.Email); err != nil || a.Address != in.Email {
		return wrong("email is not a mail address", "enter the person's work address in HR, then retry the step")
	}
	return nil
}

// addressee gives the Slack user of a work address, or in words why there is none to write to.
func (s *System) addressee(ctx context.Context, email string, us identity) (user, why string, err error) {
	var answer struct {
		User account `json:"user"`
	}
	err = call(ctx, s.bot, "users.lookupByEmail", url.Values{"email": {email}}, &answer)
	u := answer.User
	switch {
	case code(err) == "users_not_found":
		return "", "Slack knows nobody by this address", nil
	case err != nil:
		return "", "", err
	case !strings.EqualFold(u.Profile.Email, email) || !userID.MatchString(u.ID):
		return "", "", &activities.Problem{Type: activities.Ambiguous, Text: "Slack answered the search by mail address with another account",
			Mend: "tell the person by hand, and look at the account in Slack's admin pages"}
	case !u.full() || !u.of(us):
		return "", "the Slack account with this address is no full member of the workspace", nil
	}
	return u.ID, "", nil
}

// directly opens the direct message with a person: always the same one.
func (s *System) directly(ctx context.Context, user string, self identity) (r room, why string, err error) {
	ch, _, _, err := s.api.OpenConversationContext(ctx, &slackapi.OpenConversationParameters{Users: []string{user}})
	switch c := code(err); {
	case c == "user_disabled" || c == "user_not_found" || c == "user_not_visible": // gone between the two calls
		return room{}, "the Slack account with this address was deactivated", nil
	case err != nil:
		return room{}, "", problem(ctx, "conversations.open", err)
	case ch == nil || ch.ID == "":
		return room{}, "", activities.Problemf(activities.Unavailable, "Slack answered conversations.open without the channel")
	}
	return room{System: s, channel: ch.ID, self: self.bot, turned: heartbeat}, "", nil
}

func (r room) tellOnce(ctx context.Context, in activities.Tell, o activities.Outcome) (activities.Outcome, error) {
	since := in.Opened.Add(-searchBefore)
	if in.Opened.IsZero() {
		since = time.Now().Add(-announcedWithin)
	}
	found, err := r.marked(ctx, tellEvent, in.Key, since)
	if err != nil {
		return o, err
	}
	if len(found) > 0 {
		if err := r.keepFirst(ctx, found); err != nil {
			return o, err
		}
		o.State, o.Detail, o.Verified = plan.Verified, "told in Slack already", time.Now().UTC()
		o.Executed, o.ReadBack = postedAt(found[0]), "message "+found[0]+" stands in the direct message"
		return o, nil
	}
	text, blocks := renderAnnouncement(activities.Announcement{Title: in.Title, Text: in.Text})
	ts, err := r.put(ctx, text, blocks, tellMark(in.Key))
	if err != nil {
		return o, err
	}
	o.Executed = time.Now().UTC()
	return r.confirmTold(ctx, o, ts)
}

// confirmTold reads a message back by its timestamp: history may be late.
func (r room) confirmTold(ctx context.Context, o activities.Outcome, ts string) (activities.Outcome, error) {
	_, err := r.api.GetPermalinkContext(ctx, &slackapi.PermalinkParameters{Channel: r.channel, Ts: ts})
	if code(err) == "message_not_found" {
		o.State, o.Detail, o.ReadBack = plan.Unverified, "Slack took the message and does not show it", "no message "+ts
		o.Mend = "tell the person by hand, then say done"
		return o, nil
	}
	if err != nil {
		return o, problem(ctx, "chat.getPermalink", err)
	}
	o.State, o.Detail, o.Verified = plan.Verified, "told in Slack", time.Now().UTC()
	o.ReadBack = "message " + ts + " stands in the direct message"
	return o, nil
}
