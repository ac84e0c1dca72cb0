package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

// types has somebody type a command in the IT channel, and returns what that person sees at once.
func (h *house) types(t *testing.T, user, command, text string) slacksim.Response {
	t.Helper()
	var r slacksim.Response
	eventually(t, startUp, "Slack reaches the app", func() error {
		var err error
		r, err = h.world.Slack.RunCommand(user, world.ITChannel, command, text)
		return err
	})
	return r
}

// answered waits until somebody has been answered, visibly to nobody else, in all these words.
func (h *house) answered(t *testing.T, user string, words ...string) {
	t.Helper()
	eventually(t, time.Minute, fmt.Sprintf("%s is answered %q", user, words), func() error {
		var seen []string
		for _, e := range h.world.Slack.Snapshot().Ephemerals {
			if e.User == user {
				seen = append(seen, e.Text+string(e.Blocks))
			}
		}
		return oneHolds(seen, words)
	})
}

// announced waits until the IT channel has been told, in all these words.
func (h *house) announced(t *testing.T, words ...string) {
	t.Helper()
	eventually(t, time.Minute, fmt.Sprintf("the channel is told %q", words), func() error {
		var seen []string
		for _, m := range h.messages() {
			seen = append(seen, m.Text+string(m.Blocks))
		}
		return oneHolds(seen, words)
	})
}

func oneHolds(texts, words []string) error {
	if slices.ContainsFunc(texts, func(text string) bool { return holds(text, words) }) {
		return nil
	}
	return fmt.Errorf("seen: %s", strings.Join(texts, "\n"))
}

func holds(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// messages are those of the IT channel.
func (h *house) messages() []slacksim.Message {
	var all []slacksim.Message
	for _, room := range h.world.Slack.Snapshot().Channels {
		if room.ID != world.ITChannel {
			continue
		}
		for _, m := range room.Messages {
			all = append(all, m.Message)
		}
	}
	return all
}

// button is one button of the IT channel.
type button struct {
	ts, action, value, label string
	press                    activities.Press
}

// buttons finds every button that means something to Tenure.
func (h *house) buttons() []button {
	var out []button
	for _, m := range h.messages() {
		var blocks []map[string]any
		_ = json.Unmarshal(m.Blocks, &blocks)
		for _, b := range blocks {
			elements, _ := b["elements"].([]any)
			if a, ok := b["accessory"]; ok {
				elements = append(elements, a)
			}
			for _, e := range elements {
				el, _ := e.(map[string]any)
				id, _ := el["action_id"].(string)
				value, _ := el["value"].(string)
				if p, err := activities.ParsePress(value); err == nil && strings.HasPrefix(id, activities.PressPrefix) {
					label, _ := el["text"].(map[string]any)["text"].(string)
					out = append(out, button{m.TS, id, value, label, p})
				}
			}
		}
	}
	return out
}

// button waits for a button and returns it.
func (h *house) button(t *testing.T, what string, is func(button) bool) button {
	t.Helper()
	var found button
	eventually(t, time.Minute, "there is a button "+what, func() error {
		all := h.buttons()
		i := slices.IndexFunc(all, is)
		if i < 0 {
			return fmt.Errorf("there are %d buttons", len(all))
		}
		found = all[i]
		return nil
	})
	return found
}

// presses has somebody press a button and fill in the form that opens, if one does.
func (h *house) presses(t *testing.T, user string, b button, form map[string]string) slacksim.Response {
	t.Helper()
	r, err := h.world.Slack.PressButton(user, world.ITChannel, b.ts, b.action, b.value)
	if err != nil {
		t.Fatal(err)
	}
	if form == nil {
		return r
	}
	if r.View == nil {
		t.Fatalf("%s opened no form: %+v", b.label, r)
	}
	values := map[string]map[string]any{}
	for block, v := range form {
		values[block] = map[string]any{"v": map[string]any{"type": "plain_text_input", "value": v}}
		if block == "which" {
			values[block]["v"] = map[string]any{"type": "radio_buttons", "selected_option": map[string]any{"value": v}}
		}
	}
	r, err = h.world.Slack.SubmitView(user, r.View.ID, values)
	if err != nil || len(r.Errors) > 0 {
		t.Fatalf("%s: %v, %v", b.label, r.Errors, err)
	}
	return r
}

// untouched checks that no vendor but Slack was asked to change anything.
func (h *house) untouched(t *testing.T) {
	t.Helper()
	for name, k := range h.world.Kits() {
		if name == "slack" || name == "jira" {
			continue
		}
		if n := k.Mutations("/token", "/api/v1/oauth/token", "/oauth2/**"); n > 0 {
			t.Errorf("%s was changed %d times", name, n)
		}
	}
}

// kept waits for the evidence of what was asked.
func (h *house) kept(t *testing.T, words ...string) {
	t.Helper()
	s := openStore(t, h.data)
	eventually(t, time.Minute, fmt.Sprintf("the evidence says %q", words), func() error {
		var texts []string
		err := s.EachEvidence(soon(t), func(r evidence.Record) error {
			if r.System == "case" {
				texts = append(texts, r.Detail)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return oneHolds(texts, words)
	})
}

// From a phone to contained: typed in Slack, weighed at that moment, contained and verified, announced, kept.
func TestSlack_EmergencyOffboard_IsContainedWithinAMinute(t *testing.T) {
	whole(t)
	h := open(t, fastPolicy(t, time.Second))
	leaver := company.DemoLeaver()
	began := time.Now()
	h.types(t, world.AuthorisedUser, "/offboard", leaver.Email+" emergency account taken over")
	var v activities.CaseView
	eventually(t, time.Minute, "the case is contained", func() error {
		var err error
		if v, err = h.explain(t, leaver.Email); err == nil && v.ContainedAt.IsZero() {
			err = errors.New(v.Headline)
		}
		return err
	})
	t.Logf("from the command to contained and read back: %s (a loaded machine's figure)", v.ContainedAt.Sub(began).Round(time.Millisecond))
	if v.Actor != "slack:"+world.AuthorisedUser || v.Urgency != "emergency" || v.Reason != "account taken over" {
		t.Errorf("asked by %s (%s): %s", v.Actor, v.Urgency, v.Reason)
	}
	h.answered(t, world.AuthorisedUser, "begins now")
	h.announced(t, "asked for emergency offboard", "account taken over")
	h.kept(t, "asked for offboard by slack:"+world.AuthorisedUser)
	h.types(t, world.SecondAuthorisedUser, "/tenure", "explain "+leaver.Email)
	h.answered(t, world.SecondAuthorisedUser, "Contained and verified")
}

// Everybody who may not is refused with a reason that only they read, the channel is told, and it is kept.
func TestSlack_Refusals(t *testing.T) {
	whole(t)
	h := open(t, fastPolicy(t, time.Second))
	self, _ := h.world.Slack.User(world.AuthorisedUser)
	for _, c := range []struct{ user, text, says string }{
		{world.UnauthorisedUser, company.DemoLeaver().Email, "may not ask for offboard"},
		{world.AuthorisedUser, self.Email, "about themselves"},
		{world.AuthorisedUser, company.LastSuperAdmin().Email, "last super administrator of Google"},
		{world.AuthorisedUser, company.ServiceAccount().Login, "nobody is known as"},
		{world.AuthorisedUser, "nobody@example.com", "nobody is known as"},
	} {
		h.types(t, c.user, "/offboard", c.text+" now because of a test")
		h.answered(t, c.user, c.says)
		if c.says != "nobody is known as" {
			h.announced(t, "Refused", c.says)
			h.kept(t, "refused offboard by slack:"+c.user, c.says)
		}
	}
	h.untouched(t)
}

// A protected person's case waits for two people, who press buttons; one person twice, and a button of before, do not count.
func TestSlack_TwoPeopleApprove(t *testing.T) {
	whole(t)
	leaver := company.DemoLeaver()
	h := open(t, fastPolicy(t, time.Second, "approvals:\n  needed: 1", "approvals:\n  protected: ["+leaver.Email+"]\n  needed: 2"))
	ok(t, h.data, "--as", h.email(t, world.UnauthorisedUser), "offboard", leaver.Email, "--yes")
	approve := func(label string) button {
		return h.button(t, label, func(b button) bool { return b.press.Verb == activities.VerbApprove && strings.Contains(b.label, label) })
	}
	first := approve("1 of 2")
	h.presses(t, world.UnauthorisedUser, first, nil)
	h.answered(t, world.UnauthorisedUser, "may not ask for approve")
	h.presses(t, world.AuthorisedUser, first, nil)
	second := approve("2 of 2")
	h.presses(t, world.AuthorisedUser, second, nil)
	h.answered(t, world.AuthorisedUser, "has approved already")
	h.untouched(t)
	h.presses(t, world.SecondAuthorisedUser, second, nil)
	eventually(t, time.Minute, "the case goes on", func() error {
		v, err := h.explain(t, leaver.Email)
		if err == nil && v.ContainedAt.IsZero() {
			err = errors.New(v.Headline)
		}
		return err
	})
}

// Thirty of two hundred and fifty people turn inactive at once: nobody is touched until two people, one in Slack and one
// at the command line, have released a named list; then exactly those run.
func TestGuard_ThirtyAtOnce_TwoPeopleRelease29(t *testing.T) {
	whole(t)
	h := open(t, fastPolicy(t, time.Hour)) // thirty cases that all wake every second would be another test
	var gone []company.Person
	for _, p := range slices.Backward(company.People()) { // not the first of all: the token of Namely is theirs
		if p.Status == "active" && p.Department != "IT" && p.Email != company.DemoLeaver().Email && len(gone) < 30 {
			gone = append(gone, p)
		}
	}
	back := h.world.Namely.Inject(kit.Fault{Status: 503}) // nobody looks while they are being turned
	for _, p := range gone {
		h.world.Namely.SetStatus(p.ProfileID, "inactive")
	}
	back()
	h.announced(t, "Held: batch B1", "30 people")
	h.untouched(t)
	spared := gone[7]
	release := h.button(t, "release", func(b button) bool { return b.press.Verb == activities.VerbBatchRelease })
	h.presses(t, world.AuthorisedUser, release, map[string]string{"which": "except", "ids": spared.Number, "reason": "the sales team is dissolved"})
	h.announced(t, "asked for batch-release B1", "second")
	again := h.button(t, "confirm", func(b button) bool { return b.press.Verb == activities.VerbBatchRelease && b.press.Nonce != "" })
	h.presses(t, world.AuthorisedUser, again, map[string]string{"reason": "me again"})
	h.answered(t, world.AuthorisedUser, "different")
	h.untouched(t)
	r := tenure(t, h.data, "--as", h.email(t, world.SecondAuthorisedUser), "batch", "release", "B1", "--nonce", again.press.Nonce, "--reason", "HR confirms")
	if r.code != 0 {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	eventually(t, 4*time.Minute, "29 cases run and are contained", func() error { return h.contained(t, gone, spared) })
	n, err := dial(t, h.data).CountWorkflow(soon(t), &workflowservice.CountWorkflowExecutionsRequest{Query: `Process = "Offboard"`})
	if err != nil || n.GetCount() != 29 {
		t.Errorf("%d cases, want 29 (%v)", n.GetCount(), err)
	}
	if u, found := h.world.Okta.User(spared.Email); !found || u.Status != "ACTIVE" {
		t.Errorf("%s, who was not released, is %s", spared.Email, u.Status)
	}
}

func (h *house) email(t *testing.T, user string) string {
	t.Helper()
	u, found := h.world.Slack.User(user)
	if !found {
		t.Fatalf("%s is not in Slack", user)
	}
	return u.Email
}

// contained says who of those who left can still sign in, but for one.
func (h *house) contained(t *testing.T, gone []company.Person, but company.Person) error {
	t.Helper()
	var still []string
	for _, p := range gone {
		u, found := h.world.Okta.User(p.Email)
		if p.ProfileID != but.ProfileID && found && u.Status == "ACTIVE" {
			still = append(still, p.Email)
		}
	}
	if len(still) > 0 {
		return fmt.Errorf("%d can still sign in", len(still))
	}
	return nil
}
