package slackdoor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"tenure/activities"
)

// accept puts an ask into the inbox. kept is false when the inbox could not keep it in time, or the person asks faster
// than is taken: then nothing is done, and the person must hear that.
func (d *Door) accept(ctx context.Context, ask activities.Ask) (fresh, kept bool) {
	ask.Received = d.now().UTC()
	ask.Actor = "slack:" + ask.Reply.User
	if !d.pace.takes(ask.Reply.User, ask.Received) {
		d.log.Warn("slack: somebody asks faster than is taken in", "actor", ask.Actor)
		return false, false
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	fresh, err := d.inbox.Accept(ctx, ask)
	if err != nil {
		d.log.Error("slack: the inbox could not keep an ask", "key", ask.Key, "verb", string(ask.Verb), "error", err)
		return false, false
	}
	d.log.Info("slack: ask kept", "key", ask.Key, "verb", string(ask.Verb), "actor", ask.Actor, "fresh", fresh)
	return fresh, true
}

var keyShape = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// keyOf is the key of what a trigger id stands for: Slack gives each command and each press one, and a redelivery
// carries the same. delivery tells payloads without one apart.
func keyOf(trigger, delivery string) string {
	if keyShape.MatchString(trigger) {
		return "slack:" + trigger
	}
	return "slack:" + digest(trigger, delivery)
}

// keyOfView is the key of a submitted form. A form has one id however often it is submitted, so what is in it counts
// too: what was refused for its form and then mended is another ask, what is delivered twice is one.
func keyOfView(id string, ask activities.Ask) string {
	content := digest(string(ask.Verb), ask.Who, ask.Case, ask.Run, ask.Nonce, string(ask.Step), ask.Serial, ask.When, ask.Reason, ask.Batch,
		fmt.Sprint(ask.Emergency, ask.Count, ask.Lasts), fmt.Sprintf("%q%q", ask.Only, ask.Except))
	if keyShape.MatchString(id) {
		return "slack:" + id + ":" + content
	}
	return "slack:" + digest(id, content)
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
