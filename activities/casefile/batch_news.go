package casefile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
)

// recently is how far back things are announced: what nobody heard of for so long is no news.
const recently = 7 * 24 * time.Hour

// News closes the batches whose time is over, and lists what must be announced and has not been, alarms first. Each thing
// has a key that stays the same, so it is said once however often it is seen.
func (c *Casefile) News(ctx context.Context, in activities.AskNews) (activities.News, error) {
	if _, err := c.store.ExpireBatches(ctx, in.At); err != nil {
		return activities.News{}, activities.Classify(err)
	}
	if err := c.store.Prune(ctx, in.At); err != nil {
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
		all = append(all, batchNews(b, in.At)...)
	}
	orphans, err := c.orphanNews(ctx, in.At)
	if err != nil {
		return activities.News{}, activities.Classify(err)
	}
	all = slices.Concat(all, pollNews(w), goneNews(w, in.At), orphans)
	out := activities.News{Poll: w.Poll}
	out.Announcements, err = c.untold(ctx, w, all)
	slices.SortStableFunc(out.Announcements, func(a, b activities.Announcement) int {
		switch {
		case a.Alarm == b.Alarm:
			return 0
		case a.Alarm:
			return -1
		}
		return 1
	})
	return out, activities.Classify(err)
}

// untold leaves out what was said already, and what is no news: that something is mended of which nobody heard.
func (c *Casefile) untold(ctx context.Context, w store.Watch, all []activities.Announcement) ([]activities.Announcement, error) {
	keys := []string{troubleKey(w.Trouble), dayKey(w.Trouble)}
	for _, a := range all {
		keys = append(keys, a.Key)
	}
	told, err := c.store.Told(ctx, keys)
	if err != nil {
		return nil, err
	}
	heard := told[troubleKey(w.Trouble)] || told[dayKey(w.Trouble)]
	channel := c.policy().Slack.Channel
	var out []activities.Announcement
	for _, a := range all {
		mended := a.Key == mendedKey(w.Trouble)
		if told[a.Key] || mended && !heard {
			continue
		}
		if a.Channel == "" {
			a.Channel = channel
		}
		out = append(out, a)
	}
	return out, nil
}

// Told remembers that announcements were made.
func (c *Casefile) Told(ctx context.Context, in activities.TellNews) (activities.Nothing, error) {
	people, err := c.heard(ctx, in.Keys, in.At)
	if err == nil {
		err = c.store.Tell(ctx, append(people, in.Keys...), in.At)
	}
	return activities.Nothing{}, activities.Classify(err)
}

func batchNews(b employee.Batch, at time.Time) []activities.Announcement {
	switch b.State {
	case employee.BatchHeld:
		out := []activities.Announcement{heldNews(b)}
		if key := reminder(b, at); key != "" {
			out = append(out, remindNews(b, key))
		}
		return out
	case employee.BatchExpired:
		still := inState(b, employee.PersonExpired)
		return []activities.Announcement{{Key: "batch/" + b.ID + "/expired", Alarm: true,
			Title: fmt.Sprintf("Batch %s expired: nobody decided", b.ID),
			Text: fmt.Sprintf("Nothing was done. These %d people still have all the access they had: %s.\nStart the case of each who really left by hand (`tenure offboard`), and have HR correct the others.",
				len(still), dated(b, still))}}
	case employee.BatchWithdrawn:
		return []activities.Announcement{{Key: "batch/" + b.ID + "/withdrawn",
			Title: fmt.Sprintf("Batch %s is over: HR took everything back", b.ID),
			Text:  fmt.Sprintf("Nothing was done for %s, and nothing needs to be decided.", list(inState(b, employee.PersonCorrected)))}}
	case employee.BatchReleased, employee.BatchRejected: // said by who decided
	}
	return nil
}

// lastCall is how long before the end people are reminded a second time.
const lastCall = 2 * time.Hour

// reminder is the key of the reminder that is due: at half time, and shortly before the end, which may be moved.
func reminder(b employee.Batch, at time.Time) string {
	switch {
	case !at.Before(b.Expires.Add(-lastCall)):
		return "batch/" + b.ID + "/last/" + b.Expires.UTC().Format(time.RFC3339)
	case !at.Before(b.Opened.Add(b.Expires.Sub(b.Opened) / 2)):
		return "batch/" + b.ID + "/half"
	}
	return ""
}

func remindNews(b employee.Batch, key string) activities.Announcement {
	people := b.Held()
	until := b.Expires.UTC().Format("2006-01-02 15:04 UTC")
	text := fmt.Sprintf("%s.\nThey have all the access they had: %s. At %s the batch expires, and nothing is done for any of them.", upper(b.Cause), dated(b, people), until)
	if p := b.Proposal; p != nil {
		text += fmt.Sprintf(" %s asked to %s %d of them: a second, different person is missing (nonce %s).", p.By, p.Verb, len(p.People), p.Nonce)
	}
	return activities.Announcement{Key: key, Alarm: true, Title: fmt.Sprintf("Held still: batch %s, %d people, until %s", b.ID, len(people), until), Text: text, Presses: presses(b)}
}

func heldNews(b employee.Batch) activities.Announcement {
	people := b.Held()
	return activities.Announcement{Key: "batch/" + b.ID + "/held", Alarm: true,
		Title: fmt.Sprintf("Held: batch %s, %d people", b.ID, len(people)),
		Text: fmt.Sprintf("%s.\nNothing has been done for any of them: %s.\nTwo different people decide, by name: `tenure batch release %s --only E1,E2` (or `--except E3`), `tenure batch reject %s`. "+
			"Somebody who must lose access at once does not wait for this: `/offboard`. Nobody decides by %s: nothing is done.",
			upper(b.Cause), dated(b, people), b.ID, b.ID, b.Expires.UTC().Format("2006-01-02 15:04 UTC")),
		Presses: presses(b)}
}

func presses(b employee.Batch) []activities.Press {
	return []activities.Press{
		{Verb: activities.VerbBatchRelease, Label: "Release…", Batch: b.ID},
		{Verb: activities.VerbBatchReject, Label: fmt.Sprintf("Reject all %d", len(b.Held())), Danger: true, Batch: b.ID},
	}
}

// broken is when the trouble began of which a poll is part.
func broken(p employee.Poll) time.Time {
	if p.Broken.IsZero() {
		return p.Since
	}
	return p.Broken
}

// troubleKey is that of the first word about a cause in one trouble, dayKey that of the reminder of the day: the same on
// the first day.
func troubleKey(p employee.Poll) string {
	if p.Distrust == nil {
		return ""
	}
	return fmt.Sprintf("watch/%s/%s", p.Distrust.Cause, broken(p).UTC().Format(time.RFC3339))
}

func dayKey(p employee.Poll) string {
	days := p.At.Sub(broken(p)) / (24 * time.Hour)
	if p.Distrust == nil || days < 1 {
		return troubleKey(p)
	}
	return fmt.Sprintf("%s/day-%d", troubleKey(p), days)
}

func mendedKey(p employee.Poll) string { return "watch/mended/" + broken(p).UTC().Format(time.RFC3339) }

func pollNews(w store.Watch) []activities.Announcement {
	switch w.Poll.Outcome {
	case employee.PollAccepted:
		if w.Trouble.Distrust == nil || w.Poll.Streak < employee.Mended {
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
		if dayKey(w.Poll) != troubleKey(w.Poll) {
			title = "Still: " + title
		}
		return []activities.Announcement{{Key: dayKey(w.Poll), Alarm: true, Title: title,
			Text: fmt.Sprintf("%s.\nWhy it matters: %s.\nWhat to do: %s.\nSince %s. Nobody's departure is noticed until this is mended; `/offboard` works as always.",
				upper(d.What), d.Why, d.Mend, broken(w.Poll).UTC().Format("2006-01-02 15:04 UTC"))}}
	}
	return nil
}

// goneNews names, reading by reading, whom HR stopped showing. It takes a second reading without them: rows move while
// they are read.
func goneNews(w store.Watch, at time.Time) []activities.Announcement {
	since := map[time.Time][]employee.ID{}
	var order []time.Time
	for _, g := range w.Gone {
		if at.Sub(g.Since) > recently || !g.Since.Before(w.Accepted.At.Truncate(time.Microsecond)) { // as the store keeps it
			continue
		}
		if since[g.Since] == nil {
			order = append(order, g.Since)
		}
		since[g.Since] = append(since[g.Since], g.Employee)
	}
	slices.SortFunc(order, time.Time.Compare)
	var out []activities.Announcement
	for _, from := range order {
		people := since[from]
		out = append(out, activities.Announcement{Key: "gone/" + from.UTC().Format(time.RFC3339Nano), Alarm: true,
			Title: fmt.Sprintf("Gone from Namely, still with access: %d", len(people)),
			Text: fmt.Sprintf("%s.\nNamely does not show them any more and has not said that they left. Nobody is taken for a leaver because they are missing, so nothing is done: `/offboard` each who left, and see why Namely hides the others.",
				list(people))})
	}
	return out
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
