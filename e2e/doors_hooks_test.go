package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/company"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
	"tenure/simulators/world"
)

// deliver has the vendors send their webhooks to the installation.
func (h *house) deliver(t *testing.T) {
	t.Helper()
	h.proc.says(t, "Webhooks", startUp)
	_, rest, _ := strings.Cut(h.proc.err.String(), "Webhooks")
	base, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	ctx, cancel := context.WithCancel(context.Background())
	ended, err := h.world.Deliver(ctx, world.Webhooks{Base: base, EasyPost: hookSecret, Okta: hookSecret, Jira: hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); ended() })
}

// A company whose source of truth is Okta: whoever is deactivated there leaves. Tenure's own deactivations are echoes.
func TestHooks_DeactivatedInOkta_Leaves(t *testing.T) {
	whole(t)
	h := open(t, fastPolicy(t, time.Second))
	h.deliver(t)
	leaver := company.DemoLeaver()
	if err := h.world.Okta.Dismiss(leaver.Email); err != nil {
		t.Fatal(err)
	}
	var v activities.CaseView
	eventually(t, time.Minute, "the case is contained", func() (err error) {
		if v, err = h.explain(t, leaver.Email); err == nil && v.ContainedAt.IsZero() {
			err = errors.New(v.Headline)
		}
		return err
	})
	if v.Actor != "okta:hook" || !strings.Contains(v.Reason, "Okta") {
		t.Errorf("asked by %s: %s", v.Actor, v.Reason)
	}
	h.announced(t, "asked for offboard", leaver.Email)
}

// Moving a sub-task says that its step was done. It is read back like everybody's word: what is not so is answered on
// the ticket, which is opened again, and what is so ends the step.
func TestHooks_TicketMoved_IsReadBack(t *testing.T) {
	whole(t)
	h := open(t, fastPolicy(t, time.Second))
	h.deliver(t)
	leaver := company.DemoLeaver()
	// Okta says yes and does nothing: only reading back finds out.
	liar := h.world.Okta.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 200, Body: "{}"})
	ok(t, h.data, "offboard", leaver.Email, "--yes")
	task := h.subtask(t, "okta.deactivate")
	if err := h.world.Jira.Transition(task.Key, "Done", "operator"); err != nil {
		t.Fatal(err)
	}
	h.announced(t, "asked for done", task.Key)
	eventually(t, time.Minute, "the ticket is opened again", func() error {
		i, _ := h.world.Jira.Issue(task.Key)
		if strings.EqualFold(i.Status.Name, "Done") {
			return errors.New("it is done")
		}
		return nil
	})
	if v, err := h.explain(t, leaver.Email); err != nil || stateOf(v, "okta.deactivate").Ended() {
		t.Errorf("the step has ended on somebody's word: %s, %v", stateOf(v, "okta.deactivate"), err)
	}
	liar()
	if err := h.world.Okta.Dismiss(leaver.Email); err != nil { // the operator has done it by hand
		t.Fatal(err)
	}
	if err := h.world.Jira.Transition(task.Key, "Done", "operator"); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the step is verified", func() error {
		v, err := h.explain(t, leaver.Email)
		if state := stateOf(v, "okta.deactivate"); err == nil && !state.Proved() {
			err = fmt.Errorf("it is %s", state)
		}
		return err
	})
}

func stateOf(v activities.CaseView, id plan.StepID) plan.State {
	for _, s := range v.Steps {
		if s.ID == id {
			return s.State
		}
	}
	return ""
}

// subtask waits for the ticket of a step that needs a person.
func (h *house) subtask(t *testing.T, step string) jirasim.Issue {
	t.Helper()
	var found jirasim.Issue
	eventually(t, time.Minute, "there is a sub-task for "+step, func() error {
		for _, i := range h.world.Jira.Snapshot().Issues {
			if i.Parent != "" && strings.Contains(i.Summary+i.Description, step) {
				found = i
				return nil
			}
		}
		return errors.New("there is none")
	})
	return found
}
