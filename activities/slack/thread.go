package slack

import (
	"context"
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/plan"
)

// How entries are put together: a few are told one message each; when many wait, after an outage for example, a
// message holds as many as fit, so that catching up neither floods the channel nor runs into its rate limit.
const (
	fewEntries     = 3
	batchEntries   = 25
	batchText      = 2800 // characters of one message's entries
	maxReport      = 7500 // characters of a final report
	maxTextMessage = 3000 // characters of a message's plain text
)

// tell posts those entries that are not in the thread yet, oldest first.
func (j *job) tell(ctx context.Context, c *card) error {
	for _, batch := range batches(j.untold(c)) {
		if err := j.tellBatch(ctx, c, batch); err != nil {
			return err
		}
		j.ref.Seq = max(j.ref.Seq, batch[len(batch)-1].Seq)
		j.beat(ctx)
	}
	if n := len(j.entries); n > 0 {
		j.ref.Seq = max(j.ref.Seq, j.entries[n-1].Seq)
	}
	return nil
}

// untold lists the entries that are to be posted; c is nil when the thread was not read.
func (j *job) untold(c *card) []activities.Entry {
	var out []activities.Entry
	for _, e := range j.entries {
		if e.Seq > j.ref.Seq && (c == nil || !c.tells(e.Seq)) {
			out = append(out, e)
		}
	}
	return out
}

// batches groups entries into messages. The final report always has its own, because it is shown in the channel too.
func batches(entries []activities.Entry) [][]activities.Entry {
	var out [][]activities.Entry
	var batch []activities.Entry
	size := 0
	flush := func() {
		if len(batch) > 0 {
			out = append(out, batch)
			batch, size = nil, 0
		}
	}
	for _, e := range entries {
		n := runes(entryLine(e))
		if len(entries) <= fewEntries || e.Kind == activities.EntryReport || len(batch) == batchEntries || size+n > batchText {
			flush()
		}
		batch, size = append(batch, e), size+n
		if e.Kind == activities.EntryReport {
			flush()
		}
	}
	flush()
	return out
}

// tellBatch posts one message into the thread. Slack posts a reply to a deleted card into the channel instead of
// refusing it; then the stray is taken back.
func (j *job) tellBatch(ctx context.Context, c *card, batch []activities.Entry) error {
	if err := j.pace.wait(ctx, j.channel); err != nil {
		return err
	}
	text, blocks := renderEntries(batch)
	options := []slackapi.MsgOption{
		slackapi.MsgOptionTS(c.ts),
		slackapi.MsgOptionText(text, false),
		slackapi.MsgOptionBlocks(blocks...),
		slackapi.MsgOptionMetadata(entriesMark(j.key, batch[0].Seq, batch[len(batch)-1].Seq)),
	}
	if batch[0].Kind == activities.EntryReport {
		options = append(options, slackapi.MsgOptionBroadcast())
	}
	_, ts, posted, err := j.api.PostMessageWithResponseContext(ctx, j.channel, append(options, quiet()...)...)
	switch {
	case code(err) == "cannot_reply_to_message" || code(err) == "thread_not_found":
		return errGone
	case err != nil:
		return problem(ctx, "chat.postMessage", err)
	case ts == "":
		return noTimestamp("chat.postMessage")
	}
	if posted.Timestamp == ts && posted.ThreadTimestamp == "" {
		if err := j.remove(ctx, ts); err != nil {
			return err
		}
		return errGone
	}
	return nil
}

// renderEntries is one thread message: the plain text is what notifications and screen readers give.
func renderEntries(batch []activities.Entry) (string, []slackapi.Block) {
	if len(batch) == 1 && batch[0].Kind == activities.EntryReport {
		return renderReport(batch[0])
	}
	lines, plain := make([]string, 0, len(batch)), make([]string, 0, len(batch))
	for _, e := range batch {
		lines = append(lines, entryLine(e))
		plain = append(plain, kindWord(e.Kind)+": "+oneLine(e.Text))
	}
	return escape(strings.Join(plain, "\n"), maxTextMessage), sections(lines)
}

func renderReport(e activities.Entry) (string, []slackapi.Block) {
	lines := []string{fmt.Sprintf("%s *%s* · %s", kindEmoji(e.Kind), kindWord(e.Kind), clock(e.At))}
	left := maxReport
	for line := range strings.Lines(e.Text) {
		for _, piece := range escapeChunks(strings.TrimRight(line, "\n"), maxSection) {
			if left -= runes(piece); left < 0 {
				lines = append(lines, "… the rest of the report is in the ticket")
				return reportText(e), sections(lines)
			}
			lines = append(lines, piece)
		}
	}
	return reportText(e), sections(lines)
}

func reportText(e activities.Entry) string {
	return escape(kindWord(e.Kind)+": "+oneLine(e.Text), maxTextMessage)
}

// entryLine is one entry: an emoji, the word it stands for, the time, what happened, and for what a person must
// see to, the step's id, which the commands take.
func entryLine(e activities.Entry) string {
	line := fmt.Sprintf("%s *%s* · %s · %s", kindEmoji(e.Kind), kindWord(e.Kind), clock(e.At), people(escape(oneLine(e.Text), batchText-200)))
	if e.Step != "" && (e.Kind == activities.EntryFailure || e.Kind == activities.EntryTask) {
		line += " (" + stepCode(e.Step) + ")"
	}
	return line
}

func stepCode(id plan.StepID) string { return codeText(string(id)) }

// codeText shows an id as code.
func codeText(id string) string { return "`" + escape(strings.ReplaceAll(id, "`", "'"), 100) + "`" }

func kindWord(k activities.EntryKind) string {
	switch k {
	case activities.EntryInfo:
		return "Note"
	case activities.EntrySuccess:
		return "Done"
	case activities.EntryFailure:
		return "Failed"
	case activities.EntryTask:
		return "Needs a person"
	case activities.EntryReport:
		return "Final report"
	}
	return "Note"
}

func kindEmoji(k activities.EntryKind) string {
	switch k {
	case activities.EntryInfo:
		return ":information_source:"
	case activities.EntrySuccess:
		return ":white_check_mark:"
	case activities.EntryFailure:
		return ":x:"
	case activities.EntryTask:
		return ":raised_hand:"
	case activities.EntryReport:
		return ":checkered_flag:"
	}
	return ":information_source:"
}
