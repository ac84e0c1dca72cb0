package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// How long it is tried to keep, to announce and to answer: somebody may have to mend something first. An answer is of no
// use to whoever has not waited for it.
const (
	days   = 7 * 24 * time.Hour
	aWhile = 24 * time.Hour
)

// persist tries something again and again with growing rests, for so long. It gives up at once what no time mends.
func persist(ctx workflow.Context, lasts time.Duration, try func(workflow.Context) error) error {
	end, rest := workflow.Now(ctx).Add(lasts), time.Minute
	for {
		err := try(ctx)
		if err == nil || ctx.Err() != nil || hopeless(err) || !workflow.Now(ctx).Add(rest).Before(end) {
			return err
		}
		if err := workflow.Sleep(ctx, rest); err != nil {
			return err
		}
		rest = min(2*rest, time.Hour)
	}
}

// hopeless says that neither time nor an operator mends it.
func hopeless(err error) bool {
	typ := troubleOf(err).Type
	return typ == activities.InvalidInput || typ == activities.Unsupported
}

// keep writes the ask and what came of it as evidence. What a case decides on top it records itself.
func (r *request) keep(ctx workflow.Context) {
	now := workflow.Now(ctx)
	ref := activities.CaseRef{Case: r.caseOf(), Run: firstRun(workflow.GetInfo(ctx)), Employee: r.weighed.Person.ID, Actor: r.Ask.Actor,
		Opened: now, Effective: now, Detected: r.Ask.Received}
	what := "asked for " + string(r.Ask.Verb)
	if r.result.Refusal != nil {
		what = "refused " + string(r.Ask.Verb)
	}
	err := persist(ctx, days, func(ctx workflow.Context) error {
		_, err := call(ctx, activities.CaseRecordDecision, activities.Decision{CaseRef: ref, What: what, By: r.Ask.Actor, Step: r.Ask.Step,
			Reason: strings.TrimSpace(r.Ask.Reason + r.signedIn() + " -> " + r.result.Text), At: now}, what, lane{})
		return err
	})
	if err != nil {
		workflow.GetLogger(ctx).Error("an ask could not be kept as evidence", "error", err)
	}
}

// signedIn says at whose session of a machine an actor of another name asked.
func (r *request) signedIn() string {
	if r.Ask.OSUser == "" || "cli:"+r.Ask.OSUser == r.Ask.Actor {
		return ""
	}
	return " (in the session of " + r.Ask.OSUser + ")"
}

func (r *request) caseOf() string {
	for _, id := range []string{r.result.Case, r.Ask.Case} {
		if id != "" {
			return id
		}
	}
	return RequestID(r.Ask.Key)
}

// tell keeps the ask as evidence, announces it in the IT channel and answers the asker, side by side. A store or a Slack
// that is down holds up nothing, for the ask was carried out before; and nothing is left untold because of it.
func (r *request) tell(ctx workflow.Context) {
	if r.Ask.Verb.Fact() {
		return
	}
	done := workflow.NewWaitGroup(ctx)
	beside := func(what string, is bool, do func(workflow.Context)) {
		if !is {
			return
		}
		done.Add(1)
		workflow.GoNamed(ctx, what, func(ctx workflow.Context) {
			defer done.Done()
			do(ctx)
		})
	}
	beside("keep", true, r.keep)
	beside("announce", r.weighed.Channel != "", func(ctx workflow.Context) {
		said := r.announcement(workflow.Now(ctx))
		told(ctx, days, activities.SlackAnnounce, said, "tell the channel")
	})
	beside("answer", r.Ask.Reply.User != "", func(ctx workflow.Context) {
		told(ctx, aWhile, activities.SlackAnswer, r.answer(), "answer "+r.Ask.Actor)
	})
	beside("ticket", r.Ask.Ticket != "" && r.result.Refusal != nil, r.answerTicket)
	done.Wait(ctx)
}

// told says something to people, as long as it takes them to hear it.
func told[In any](ctx workflow.Context, lasts time.Duration, a activities.Activity[In, activities.Nothing], in In, summary string) {
	err := persist(ctx, lasts, func(ctx workflow.Context) error {
		_, err := call(ctx, a, in, summary, lane{})
		return err
	})
	if err != nil {
		workflow.GetLogger(ctx).Error("what came of an ask could not be told", "activity", a.Name, "error", err)
	}
}

// oneRefusal is for how long the refusals of one stranger are one announcement. Each is answered and kept all the same.
const oneRefusal = 10 * time.Minute

// announcementKey is the ask's own, but for what a stranger asks over and over.
func (r *request) announcementKey(now time.Time) string {
	if f := r.result.Refusal; f != nil && f.Stranger {
		return fmt.Sprintf("refused:%s:%s:%d", r.Ask.Actor, r.Ask.Verb, now.Unix()/int64(oneRefusal.Seconds()))
	}
	return r.Ask.Key
}

func (r *request) announcement(now time.Time) activities.Announcement {
	a := activities.Announcement{Key: r.announcementKey(now), Channel: r.weighed.Channel, Text: r.words(), Presses: r.presses}
	who := r.Ask.Actor
	if r.weighed.By.Name != "" {
		who = r.weighed.By.Name + " (" + r.Ask.Actor + ")"
	}
	a.Title = fmt.Sprintf("%s%s asked for %s", who, r.signedIn(), asked(r.Ask))
	if r.result.Refusal != nil {
		a.Title, a.Alarm = "Refused: "+a.Title, true
	}
	return a
}

// asked says what was asked for, in the asker's own words where there are some.
func asked(a activities.Ask) string {
	text := string(a.Verb)
	for _, part := range []string{a.Who, a.Case, string(a.Step), a.Batch, a.Serial, a.When} {
		if part != "" {
			text += " " + part
		}
	}
	if a.Emergency {
		text = "emergency " + text
	}
	return text
}

func (r *request) words() string {
	text := r.result.Text
	if f := r.result.Refusal; f != nil && f.Mend != "" {
		text += ": " + f.Mend
	}
	if r.Ask.Reason != "" {
		text += "\nReason given: " + r.Ask.Reason
	}
	return text
}

// answer is what the asker reads. Somebody who may not ask learns nothing about anybody.
func (r *request) answer() activities.Answer {
	out := activities.Answer{Key: r.Ask.Key, Reply: r.Ask.Reply, Text: r.result.Text, View: r.result.View}
	if f := r.result.Refusal; f != nil {
		out.Refused = true
		if f.Mend != "" {
			out.Text += ": " + f.Mend
		}
	}
	return out
}

// answerTicket says on a ticket why nothing came of moving it.
func (r *request) answerTicket(ctx workflow.Context) {
	a := r.Ask
	_, key, _ := strings.Cut(a.Key, ":")
	move := activities.Move{Key: key, Ticket: a.Ticket, Case: a.Case, Run: a.Run, Step: a.Step, By: a.Actor}
	told(ctx, aWhile, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: *r.result.Refusal}, "answer on "+a.Ticket)
}
