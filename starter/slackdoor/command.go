package slackdoor

import (
	"context"
	"errors"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// command answers a slash command. delivery tells commands without a trigger id apart.
func (d *Door) command(ctx context.Context, c command, delivery string) outcome {
	t, err := parse(c.Command, c.Text)
	reply := activities.Reply{Channel: c.Channel, User: c.User}
	switch {
	case err != nil:
		return said(mistake(c.Command, err))
	case t.help:
		return said(help[c.Command])
	case t.form != "":
		return d.openForCommand(ctx, c, meta{Form: t.form, Channel: c.Channel}.view(t.ask))
	}
	t.ask.Key, t.ask.Reply = keyOf(c.Trigger, delivery), reply
	if _, kept := d.accept(ctx, t.ask); !kept {
		return said(notTaken)
	}
	return said(received(t.ask))
}

func (d *Door) openForCommand(ctx context.Context, c command, form slackapi.ModalViewRequest) outcome {
	if d.open(ctx, c.Trigger, form) {
		return outcome{}
	}
	return said(":warning: Nothing was done: the form could not be opened. Try again, or write it in one line.\n" + help[c.Command])
}

// open shows a form. A trigger that was used already means that the form is open: the same command or press came
// twice.
func (d *Door) open(ctx context.Context, trigger string, form slackapi.ModalViewRequest) bool {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	_, err := d.api.OpenViewContext(ctx, trigger, form)
	if refused, ok := errors.AsType[slackapi.SlackErrorResponse](err); ok && refused.Err == "exchanged_trigger_id" {
		return true
	}
	if err != nil {
		d.log.Warn("slack: a form could not be opened", "error", redacted(err))
	}
	return err == nil
}
