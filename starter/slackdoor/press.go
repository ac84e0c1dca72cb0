package slackdoor

import (
	"context"
	"strings"

	"tenure/activities"
)

// interaction answers a press or a submitted form. What the door has no part in (links, closed forms, shortcuts of
// other versions) is acknowledged, so that Slack shows no error.
func (d *Door) interaction(ctx context.Context, in interaction, delivery string) outcome {
	switch in.Type {
	case "block_actions":
		return d.press(ctx, in, delivery)
	case "view_submission":
		return d.submit(ctx, in)
	}
	return outcome{}
}

func (d *Door) press(ctx context.Context, in interaction, delivery string) outcome {
	if len(in.Actions) == 0 || in.Container.Type == "view" {
		return outcome{}
	}
	a := in.Actions[0] // Slack sends one
	if !strings.HasPrefix(a.ID, activities.PressPrefix) && a.Value == "" {
		return outcome{} // a link, which the person's browser follows
	}
	p, err := activities.ParsePress(a.Value)
	if err != nil || !strings.HasPrefix(a.ID, activities.PressPrefix) {
		return d.tell(in, stale)
	}
	m := meta{Form: formFor(p.Verb), Channel: in.channel(), Thread: in.thread()}
	if m.Form != "" {
		return d.openForPress(ctx, in, m.carrying(p))
	}
	ask := askOf(p)
	ask.Key, ask.Reply = keyOf(in.Trigger, delivery), m.reply(in.User.ID)
	switch fresh, kept := d.accept(ctx, ask); {
	case !kept:
		return d.tell(in, notTaken)
	case !fresh:
		return outcome{}
	}
	return d.tell(in, ":inbox_tray: Received: "+string(p.Verb)+". You will be answered here, visible to you only.")
}

// tell answers a press. Its acknowledgement carries no text, so the response URL does.
func (d *Door) tell(in interaction, text string) outcome {
	return outcome{later: func(ctx context.Context) { d.post(ctx, in.ResponseURL, text) }}
}

func (d *Door) openForPress(ctx context.Context, in interaction, m meta) outcome {
	if d.open(ctx, in.Trigger, m.view(activities.Ask{})) {
		return outcome{}
	}
	return d.tell(in, ":warning: Nothing was done: the form could not be opened. Press again, or use the command line.")
}

// formFor is the form that a verb needs before it is an ask; empty when the press says it all.
func formFor(v activities.Verb) formKind {
	switch {
	case v == activities.VerbOffboard:
		return formOffboard // no button can say whom
	case v == activities.VerbReturnLaptop:
		return formReturn
	case v == activities.VerbReceived || v.NeedsReason():
		return formPress
	}
	return ""
}

func askOf(p activities.Press) activities.Ask {
	return activities.Ask{Verb: p.Verb, Case: p.Case, Run: p.Run, Nonce: p.Nonce, Step: p.Step, Serial: p.Serial, Batch: p.Batch}
}
