package slack

import (
	"context"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"
	"go.temporal.io/sdk/activity"

	"tenure/activities"
)

// announcedWithin is how far back a message with the same key is looked for.
const announcedWithin = 48 * time.Hour

// Announce posts one message into the private IT channel. A message with the same key that stands there already, from
// an attempt whose answer got lost for example, is left as it is; of several the oldest stays.
//
// The channel must be fit for cards (see [System.CheckChannel]), because announcements name people too.
func (s *System) Announce(ctx context.Context, in activities.Announcement) (activities.Nothing, error) {
	return activities.Nothing{}, classified(ctx, s.announce(ctx, in))
}

func (s *System) announce(ctx context.Context, in activities.Announcement) error {
	if in.Key == "" {
		return activities.Problemf(activities.InvalidInput, "key is empty: an announcement is found again by it")
	}
	if strings.TrimSpace(in.Title+in.Text) == "" {
		return activities.Problemf(activities.InvalidInput, "title and text are empty: there is nothing to announce")
	}
	if err := s.admit(ctx, in.Channel); err != nil {
		return err
	}
	self, err := s.whoAmI(ctx)
	if err != nil {
		return err
	}
	r := room{System: s, channel: in.Channel, self: self.bot, turned: heartbeat}
	found, err := r.marked(ctx, announceEvent, in.Key, time.Now().Add(-announcedWithin))
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return r.keepFirst(ctx, found)
	}
	text, blocks := renderAnnouncement(in)
	_, err = r.put(ctx, text, blocks, announceMark(in.Key))
	return err
}

// put posts a message with its mark when it is the channel's turn, and gives the message's timestamp.
func (r room) put(ctx context.Context, text string, blocks []slackapi.Block, mark slackapi.SlackMetadata) (ts string, err error) {
	if err := r.pace.wait(ctx, r.channel); err != nil {
		return "", err
	}
	_, ts, err = r.api.PostMessageContext(ctx, r.channel, append(quiet(), slackapi.MsgOptionText(text, false),
		slackapi.MsgOptionBlocks(blocks...), slackapi.MsgOptionMetadata(mark))...)
	if err == nil && ts == "" {
		return "", noTimestamp("chat.postMessage")
	}
	return ts, problem(ctx, "chat.postMessage", err)
}

func heartbeat(ctx context.Context) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx)
	}
}

// renderAnnouncement draws an announcement; an alarm has a header of its own.
func renderAnnouncement(in activities.Announcement) (text string, blocks []slackapi.Block) {
	lines := paragraph(in.Text, maxAnnounce)
	headline := oneLine(in.Title)
	switch {
	case headline == "":
	case in.Alarm:
		blocks = append(blocks, slackapi.NewHeaderBlock(plain(":rotating_light: "+shorten(headline, maxHeader-20))))
	default:
		lines = append([]string{"*" + people(escape(headline, 300)) + "*"}, lines...)
	}
	blocks = append(blocks, sections(lines)...)
	presses := in.Presses[:min(len(in.Presses), maxButtons)]
	blocks = append(blocks, drawer{about: headline, used: map[string]bool{}}.rows(presses)...)
	if left := len(in.Presses) - len(presses); left > 0 {
		blocks = append(blocks, slackapi.NewContextBlock("", mrkdwn(plural(left, "more choice has", "more choices have")+" no button here: use the command line")))
	}
	spoken := headline
	if in.Alarm {
		spoken = "Alarm: " + headline
	}
	return people(escape(strings.TrimSpace(spoken+"\n"+in.Text), maxTextMessage)), blocks
}
