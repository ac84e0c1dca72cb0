package slack

import (
	"context"
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// How much an answer and an announcement hold, in characters.
const (
	maxAnswer   = 2900
	maxAnnounce = 5800
	maxCompact  = 4000 // the case below an answer
)

// Answer tells one person something that nobody else sees: as an ephemeral message where the person asked, or as a
// direct message where there can be none (the app is not in that channel, it is a direct message between others,
// the channel is archived, ...).
//
// An ephemeral message can neither be found again nor taken back, so an attempt whose answer got lost shows the same
// text twice. That harms nobody.
func (s *System) Answer(ctx context.Context, in activities.Answer) (activities.Nothing, error) {
	return activities.Nothing{}, classified(ctx, s.answer(ctx, in))
}

func (s *System) answer(ctx context.Context, in activities.Answer) error {
	if err := checkUserID(in.Reply.User); err != nil {
		return err
	}
	options, err := answerOptions(in)
	if err != nil {
		return err
	}
	if channelID.MatchString(in.Reply.Channel) {
		err := s.whisper(ctx, in.Reply, options)
		if !noPlace[code(err)] {
			return err
		}
	}
	_, ts, err := s.api.PostMessageContext(ctx, in.Reply.User, append(options, quiet()...)...)
	if err == nil && ts == "" {
		return noTimestamp("chat.postMessage")
	}
	return problem(ctx, "chat.postMessage", err)
}

func (s *System) whisper(ctx context.Context, to activities.Reply, options []slackapi.MsgOption) error {
	if to.Thread != "" {
		options = append([]slackapi.MsgOption{slackapi.MsgOptionTS(to.Thread)}, options...)
	}
	ts, err := s.api.PostEphemeralContext(ctx, to.Channel, to.User, options...)
	if err == nil && ts == "" {
		return noTimestamp("chat.postEphemeral")
	}
	return problem(ctx, "chat.postEphemeral", err)
}

// noPlace are the refusals that mean: not there, but elsewhere it may work.
var noPlace = map[string]bool{
	"channel_not_found": true, "not_in_channel": true, "user_not_in_channel": true, "is_archived": true, "cannot_reply_to_message": true,
	"channel_is_limited_access": true, "posting_to_channel_denied": true, "restricted_action": true,
	"restricted_action_read_only_channel": true, "restricted_action_thread_only_channel": true,
	"restricted_action_non_threadable_channel": true, "restricted_action_thread_locked": true,
}

func answerOptions(in activities.Answer) ([]slackapi.MsgOption, error) {
	lines := paragraph(in.Text, maxAnswer)
	if len(lines) == 0 && in.View == nil {
		return nil, activities.Problemf(activities.InvalidInput, "text is empty: there is nothing to answer")
	}
	if in.Refused && len(lines) > 0 {
		lines[0] = ":no_entry: " + lines[0]
	}
	blocks := sections(lines)
	text := strings.Join(lines, "\n")
	if in.View != nil {
		short, card := compact(*in.View)
		blocks = append(blocks, card...)
		text = firstOf(text, short)
	}
	return []slackapi.MsgOption{slackapi.MsgOptionText(text, false), slackapi.MsgOptionBlocks(blocks...)}, nil
}

// paragraph is a text of somebody else's as Slack shows it: line by line, escaped, Slack users mentioned, and where it
// is too long, cut with a word on how much is missing.
func paragraph(text string, most int) []string {
	var lines []string
	all := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range all {
		shown := escape(strings.TrimRight(line, " \t\r"), maxSection-100)
		if most -= runes(shown) + 1; most < 0 {
			return append(lines, cutNote(len(all)-i))
		}
		lines = append(lines, people(shown))
	}
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines
}

func cutNote(n int) string { return fmt.Sprintf("… and %s", plural(n, "more line", "more lines")) }
