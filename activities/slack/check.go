package slack

import (
	"context"
	"fmt"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// Check says whether Slack will work: the token is valid and belongs to an app's bot, and the channel of the
// configuration, if one is set, is private, in use, and has the app in it. The error names the mend.
func (s *System) Check(ctx context.Context) error {
	if _, err := s.whoAmI(ctx); err != nil {
		return err
	}
	if s.channel == "" {
		return nil
	}
	return s.CheckChannel(ctx, s.channel)
}

// CheckChannel says whether a channel, given by its id, is fit for cards. A card names a leaver, so it is shown in
// private channels of the own organisation only.
func (s *System) CheckChannel(ctx context.Context, id string) error {
	if err := checkChannelID(id); err != nil {
		return err
	}
	ch, err := s.api.GetConversationInfoContext(ctx, &slackapi.GetConversationInfoInput{ChannelID: id})
	if err != nil {
		return problem(ctx, "conversations.info", err)
	}
	if ch.ID != id {
		return activities.Problemf(activities.Unavailable, "Slack answered conversations.info without the channel")
	}
	unfit := func(text, mend string) error {
		return &activities.Problem{Type: activities.Forbidden, Text: fmt.Sprintf("Slack channel %s %s", id, text), Mend: mend}
	}
	switch {
	case !ch.IsPrivate:
		return unfit("is public, and a card names a leaver", "make the channel private or name a private one")
	case ch.IsExtShared:
		return unfit("is shared with another organisation, and a card names a leaver", "name a channel of your own organisation")
	case ch.IsArchived:
		return unfit("is archived", mendChannel)
	case !ch.IsMember:
		return unfit("does not have the app in it", mendInvite)
	}
	return nil
}

func checkChannelID(id string) error {
	if channelID.MatchString(id) {
		return nil
	}
	return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("Slack channel %q is not a channel id", id),
		Mend: "write the id (C or G, then capitals and digits): it is at the end of the channel's link"}
}

// admit looks a channel over before the first card of this process goes there.
func (s *System) admit(ctx context.Context, id string) error {
	s.mu.Lock()
	known := s.admitted[id]
	s.mu.Unlock()
	if known {
		return nil
	}
	if err := s.CheckChannel(ctx, id); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.admitted[id] = true
	return nil
}
