package casefile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
)

// decidedWords say what came of a decision.
func decidedWords(in activities.DecideBatch, got store.Decided) string {
	b := got.Batch
	if !got.Done {
		p := b.Proposal
		text := fmt.Sprintf("%s: %s asks to %s %d of %d: %s. A second, different person must confirm exactly this list (nonce %s).",
			b.ID, p.By, p.Verb, len(p.People), len(b.Held()), list(p.People), p.Nonce)
		if p.Verb == employee.ReleaseBatch {
			text += notReleased(b, p.People)
		}
		if got.Replaced != nil {
			text += fmt.Sprintf(" This takes the place of what %s asked for (%s %d people), which cannot be confirmed any more.", got.Replaced.By, got.Replaced.Verb, len(got.Replaced.People))
		}
		return text
	}
	released, rejected := inState(b, employee.PersonReleased), inState(b, employee.PersonRejected)
	if in.Verb == employee.RejectBatch {
		text := fmt.Sprintf("%s: %d rejected; nothing is done for %s", b.ID, len(rejected), list(rejected))
		if left := b.Held(); len(left) > 0 {
			text += fmt.Sprintf("; %d are held still", len(left))
		}
		return text + "."
	}
	text := fmt.Sprintf("%s: %d released", b.ID, len(released))
	if len(rejected) > 0 {
		text += fmt.Sprintf(", %d rejected (%s)", len(rejected), list(rejected))
	}
	if back := inState(b, employee.PersonCorrected); len(back) > 0 {
		text += fmt.Sprintf(", %d taken back by HR meanwhile (%s)", len(back), list(back))
	}
	return text + ". The cases of those released begin now."
}

func notReleased(b employee.Batch, meant []employee.ID) string {
	others := slices.DeleteFunc(b.Held(), func(id employee.ID) bool { return slices.Contains(meant, id) })
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf(" Nothing is ever done for the others then: %s.", list(others))
}

func inState(b employee.Batch, state employee.PersonState) []employee.ID {
	var out []employee.ID
	for _, p := range b.People {
		if p.State == state {
			out = append(out, p.Employee)
		}
	}
	return out
}

// mostNamed bounds how many people one message names.
const mostNamed = 100

func list(ids []employee.ID) string {
	var names []string
	for _, id := range ids[:min(len(ids), mostNamed)] {
		names = append(names, string(id))
	}
	text := strings.Join(names, ", ")
	if more := len(ids) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// recently is how far back things are announced: what nobody heard of for so long is no news.
const recently = 7 * 24 * time.Hour

// News closes the batches whose time is over, and lists what must be announced and has not been. Each thing has a key
// that stays the same, so it is said once however often it is seen.
func (c *Casefile) News(ctx context.Context, in activities.AskNews) (activities.News, error) {
	if _, err := c.store.ExpireBatches(ctx, in.At); err != nil {
		return activities.News{}, activities.Classify(err)
	}
	w, err := c.store.Watch(ctx)
	if err != nil {
		return activities.News{}, activities.Classify(err)
	}
	batches, err := c.store.BatchesSince(ctx, in.At.Add(-recently))
	if err != nil {
		return activities.News{}, activities.Classify(err)
	}
	all := baselineNews(w.Unscheduled)
	for _, b := range batches {
		all = append(all, batchNews(b)...)
	}
	all = append(all, pollNews(w)...)
	out := activities.News{Poll: w.Poll}
	out.Announcements, err = c.untold(ctx, w, all)
	return out, activities.Classify(err)
}

// untold leaves out what was said already, and what is no news: that something is mended of which nobody heard.
func (c *Casefile) untold(ctx context.Context, w store.Watch, all []activities.Announcement) ([]activities.Announcement, error) {
	keys := []string{troubleKey(w.Trouble)}
	for _, a := range all {
		keys = append(keys, a.Key)
	}
	told, err := c.store.Told(ctx, keys)
	if err != nil {
		return nil, err
	}
	channel := c.policy().Slack.Channel
	var out []activities.Announcement
	for _, a := range all {
		mended := a.Key == mendedKey(w.Trouble)
		if told[a.Key] || mended && !told[troubleKey(w.Trouble)] {
			continue
		}
		a.Channel = channel
		out = append(out, a)
	}
	return out, nil
}

// Told remembers that announcements were made.
func (c *Casefile) Told(ctx context.Context, in activities.TellNews) (activities.Nothing, error) {
	return activities.Nothing{}, activities.Classify(c.store.Tell(ctx, in.Keys, in.At))
}

func batchNews(b employee.Batch) []activities.Announcement {
	switch b.State {
	case employee.BatchHeld:
		return []activities.Announcement{heldNews(b)}
	case employee.BatchExpired:
		still := inState(b, employee.PersonExpired)
		return []activities.Announcement{{Key: "batch/" + b.ID + "/expired", Alarm: true,
			Title: fmt.Sprintf("Batch %s expired: nobody decided", b.ID),
			Text: fmt.Sprintf("Nothing was done. These %d people still have all the access they had: %s.\nStart the case of each who really left by hand (`tenure offboard`), and have HR correct the others.",
				len(still), list(still))}}
	case employee.BatchWithdrawn:
		return []activities.Announcement{{Key: "batch/" + b.ID + "/withdrawn",
			Title: fmt.Sprintf("Batch %s is over: HR took everything back", b.ID),
			Text:  fmt.Sprintf("Nothing was done for %s, and nothing needs to be decided.", list(inState(b, employee.PersonCorrected)))}}
	case employee.BatchReleased, employee.BatchRejected: // said by who decided
	}
	return nil
}

func heldNews(b employee.Batch) activities.Announcement {
	people := b.Held()
	return activities.Announcement{Key: "batch/" + b.ID + "/held", Alarm: true,
		Title: fmt.Sprintf("Held: batch %s, %d people", b.ID, len(people)),
		Text: fmt.Sprintf("%s.\nNothing has been done for any of them: %s.\nTwo different people decide, by name: `tenure batch release %s --only E1,E2` (or `--except E3`), `tenure batch reject %s`. "+
			"Somebody who must lose access at once does not wait for this: `/offboard`. Nobody decides by %s: nothing is done.",
			upper(b.Cause), list(people), b.ID, b.ID, b.Expires.UTC().Format("2006-01-02 15:04 UTC")),
		Presses: []activities.Press{
			{Verb: activities.VerbBatchRelease, Label: "Release…", Batch: b.ID},
			{Verb: activities.VerbBatchReject, Label: fmt.Sprintf("Reject all %d", len(people)), Danger: true, Batch: b.ID},
		}}
}

func troubleKey(p employee.Poll) string {
	if p.Distrust == nil {
		return ""
	}
	return fmt.Sprintf("watch/%s/%s", p.Distrust.Cause, p.Since.UTC().Format(time.RFC3339))
}

func mendedKey(p employee.Poll) string { return troubleKey(p) + "/mended" }

func pollNews(w store.Watch) []activities.Announcement {
	switch w.Poll.Outcome {
	case employee.PollAccepted:
		if w.Trouble.Distrust == nil {
			return nil
		}
		return []activities.Announcement{{Key: mendedKey(w.Trouble), Title: "Namely can be read again",
			Text: fmt.Sprintf("%d people, read at %s.", w.Poll.Profiles, w.Poll.At.UTC().Format("2006-01-02 15:04 UTC"))}}
	case employee.PollDiscarded, employee.PollFailed:
		d := w.Poll.Distrust
		title := "Namely cannot be read"
		if w.Poll.Outcome == employee.PollDiscarded {
			title = "A reading of Namely was thrown away"
		}
		return []activities.Announcement{{Key: troubleKey(w.Poll), Alarm: true, Title: title,
			Text: fmt.Sprintf("%s.\nWhy it matters: %s.\nWhat to do: %s.\nSince %s. Nobody's departure is noticed until this is mended; `/offboard` works as always.",
				upper(d.What), d.Why, d.Mend, w.Poll.Since.UTC().Format("2006-01-02 15:04 UTC"))}}
	}
	return nil
}

// baselineNews names people for whom nothing is scheduled, because their departure date is older than Tenure's first
// look: a baseline starts nothing.
func baselineNews(people []store.Unscheduled) []activities.Announcement {
	if len(people) == 0 {
		return nil
	}
	var rows []string
	for _, e := range people[:min(len(people), mostNamed)] {
		rows = append(rows, fmt.Sprintf("%s (%s)", e.Employee, e.Day))
	}
	text := strings.Join(rows, ", ")
	if more := len(people) - len(rows); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return []activities.Announcement{{Key: "watch/baseline", Title: "First reading of Namely: nothing was started",
		Text: fmt.Sprintf("%d people had a departure date before Tenure first looked, and no case waits for their day: %s.\nSchedule each by hand: `tenure offboard PERSON --at DATE`.", len(people), text)}}
}
