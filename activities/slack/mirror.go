package slack

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"

	slackapi "github.com/slack-go/slack"
	"go.temporal.io/sdk/activity"

	"tenure/activities"
)

// MirrorCase shows a case: one card, rendered from the view, and in its thread every entry once and in order.
//
// A post cannot be repeated safely, so whenever one is due, or an earlier call is unclear (another attempt, the
// caller says so, no card known yet), it first looks for what is there by our marks. What an attempt has posted
// before it fails is therefore found by the next. An older view is never rendered over a newer one; of several
// cards the oldest stays; a card that somebody deleted is made anew.
//
// Errors are classified ([activities.Classify]): RateLimited carries Slack's delay.
func (s *System) MirrorCase(ctx context.Context, in activities.MirrorCase) (activities.MirrorRef, error) {
	j, err := s.newJob(ctx, in)
	if err == nil {
		err = s.admit(ctx, j.channel)
	}
	if err == nil {
		err = j.run(ctx)
	}
	if err != nil {
		return activities.MirrorRef{}, classified(ctx, err)
	}
	return j.ref, nil
}

// classified is an error as Temporal understands it; a cancelled activity ends as cancelled.
func classified(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return activities.Classify(err)
}

// job is one call of MirrorCase.
type job struct {
	room
	view    activities.CaseView
	entries []activities.Entry // in order, those after ref.Seq
	key     string             // what our marks carry
	unclear bool
	ref     activities.MirrorRef
}

// progress is what a heartbeat keeps for the next attempt, in case Slack does not show a new message yet.
type progress struct {
	Channel string `json:"channel"`
	Key     string `json:"key"`
	Seq     int    `json:"seq"`
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)

func (s *System) newJob(ctx context.Context, in activities.MirrorCase) (*job, error) {
	v := in.View
	switch {
	case v.Case == "" || v.Run == "":
		return nil, activities.Problemf(activities.InvalidInput, "view.case and view.run are empty: a card is found again by them")
	case v.Opened.IsZero():
		return nil, activities.Problemf(activities.InvalidInput, "view.opened is not set: a card is looked for from that moment on")
	}
	j := &job{room: room{System: s, channel: in.Ref.Channel}, view: v, key: v.Case + "/" + v.Run, ref: in.Ref, unclear: in.Unclear}
	j.turned = j.beat
	if j.channel == "" {
		j.channel = in.Settings.SlackChannel
	}
	if err := checkChannelID(j.channel); err != nil {
		return nil, err
	}
	j.entries = slices.Clone(in.Entries)
	slices.SortStableFunc(j.entries, func(a, b activities.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	if activity.IsActivity(ctx) {
		j.resume(ctx)
	}
	return j, nil
}

// resume takes over what an earlier attempt has done.
func (j *job) resume(ctx context.Context) {
	if activity.GetInfo(ctx).Attempt > 1 {
		j.unclear = true
	}
	var p progress
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &p) != nil || p.Channel != j.channel || p.Key == "" {
		return
	}
	j.unclear = true
	j.ref.Key = p.Key
	j.ref.Seq = max(j.ref.Seq, p.Seq)
}

// beat keeps the progress so far.
func (j *job) beat(ctx context.Context) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx, progress{Channel: j.channel, Key: j.ref.Key, Seq: j.ref.Seq})
	}
}

// errGone means that the card was deleted by somebody.
var errGone = errors.New("the card is gone")

// run brings card and thread up to date. When the card turns out to be deleted it begins once more, with a new one.
func (j *job) run(ctx context.Context) error {
	self, err := j.whoAmI(ctx)
	if err != nil {
		return err
	}
	j.self = self.bot
	err = j.bringUp(ctx)
	if errors.Is(err, errGone) {
		j.ref.Key, j.ref.URL = "", ""
		err = j.bringUp(ctx)
	}
	if errors.Is(err, errGone) {
		return activities.Problemf(activities.Unavailable, "the card was deleted while it was written")
	}
	return err
}

func (j *job) bringUp(ctx context.Context) error {
	c, err := j.find(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		c, err = j.postCard(ctx)
	} else if c.version < j.view.Version {
		err = j.updateCard(ctx, c)
	}
	if err != nil {
		return err
	}
	if c.ts != j.ref.Key {
		j.ref.URL = ""
	}
	j.ref.Channel, j.ref.Key, j.ref.Version = j.channel, c.ts, max(c.version, j.view.Version)
	j.beat(ctx)
	if err := j.tell(ctx, c); err != nil {
		return err
	}
	j.link(ctx)
	return nil
}

func (j *job) postCard(ctx context.Context) (*card, error) {
	if err := j.pace.wait(ctx, j.channel); err != nil {
		return nil, err
	}
	_, ts, err := j.api.PostMessageContext(ctx, j.channel, append(j.cardOptions(), quiet()...)...)
	if err != nil {
		return nil, problem(ctx, "chat.postMessage", err)
	}
	if ts == "" {
		return nil, noTimestamp("chat.postMessage")
	}
	return &card{ts: ts, version: j.view.Version}, nil
}

func (j *job) updateCard(ctx context.Context, c *card) error {
	_, ts, _, err := j.api.UpdateMessageContext(ctx, j.channel, c.ts, j.cardOptions()...)
	switch {
	case code(err) == "message_not_found":
		return errGone
	case err != nil:
		return problem(ctx, "chat.update", err)
	case ts == "":
		return noTimestamp("chat.update")
	}
	return nil
}

// cardOptions always hold text and blocks: an update with one of them would drop the other.
func (j *job) cardOptions() []slackapi.MsgOption {
	text, blocks := Render(j.view)
	return []slackapi.MsgOption{
		slackapi.MsgOptionText(text, false),
		slackapi.MsgOptionBlocks(blocks...),
		slackapi.MsgOptionMetadata(cardMark(j.key, j.view.Version)),
	}
}

// quiet keeps Slack from drawing previews of links. chat.update has no such arguments.
func quiet() []slackapi.MsgOption {
	return []slackapi.MsgOption{slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl()}
}

// noTimestamp is an answer that names no message. slack-go reports no error for an answer that is not ok and gives
// no reason.
func noTimestamp(method string) error {
	return activities.Problemf(activities.Unavailable, "Slack answered %s without the message's timestamp", method)
}

// link adds the permalink for people. A card without one is still a card: the next call asks again.
func (j *job) link(ctx context.Context) {
	if j.ref.URL != "" {
		return
	}
	url, err := j.api.GetPermalinkContext(ctx, &slackapi.PermalinkParameters{Channel: j.channel, Ts: j.ref.Key})
	if err == nil {
		j.ref.URL = url
	}
}
