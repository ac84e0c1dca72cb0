package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	"tenure/simulators/world"
	"tenure/workflows"
)

// TestOutage has Slack and Jira away from before the HR change until the person is contained. Containment does not
// wait for them. When they are back, the answers to their first writes get lost, and still they show the whole case,
// in order, once.
func TestOutage(t *testing.T) {
	whole(t)
	t.Parallel()
	h := open(t, fastPolicy(t, 200*time.Millisecond))
	for _, k := range h.mirrors() {
		k.Inject(kit.Fault{Status: 503})
	}
	id := h.leave(t)
	v := h.awaitCase(t, id, "contained", func(v activities.CaseView) bool { return !v.ContainedAt.IsZero() })
	if took := v.ContainedAt.Sub(v.Began()); took > time.Minute {
		t.Errorf("contained after %s", took)
	}
	room, _ := h.world.Slack.Channel(world.ITChannel)
	if len(room.Messages) != 0 || len(h.world.Jira.Snapshot().Issues) != 0 {
		t.Fatalf("%d messages and %d tickets during the outage", len(room.Messages), len(h.world.Jira.Snapshot().Issues))
	}
	for _, k := range h.mirrors() {
		k.ClearFaults()
	}
	h.world.Slack.Inject(kit.Fault{Method: "POST", Path: "/api/chat.postMessage", Times: 1, Drop: kit.DropAfter})
	h.world.Jira.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	v = h.finish(t, id)
	provedCase(t, v)
	nothingTwice(t, h.world, v)
	shutOut(t, h.world)
	for name, k := range h.mirrors() {
		if !slices.ContainsFunc(k.Calls(), func(c kit.Call) bool { return c.Fault == "dropped after the effect" }) {
			t.Errorf("%s: no answer to a write was lost", name)
		}
	}
}

func (h *house) mirrors() map[string]*kit.Kit {
	return map[string]*kit.Kit{"slack": &h.world.Slack.Kit, "jira": &h.world.Jira.Kit}
}

// leave has HR make the demonstration's leaver inactive, and waits for the case.
func (h *house) leave(t *testing.T) string {
	t.Helper()
	who := company.DemoLeaver()
	person, err := openStore(t, h.data).PersonByProfile(soon(t), who.ProfileID)
	if err != nil {
		t.Fatal(err)
	}
	h.world.Namely.SetStatus(who.ProfileID, "inactive")
	id := workflows.OffboardID(person.ID).String()
	h.awaitCase(t, id, "open", func(v activities.CaseView) bool { return v.Phase != "" })
	return id
}

// awaitCase asks a case until it is as wanted.
func (h *house) awaitCase(t *testing.T, id, what string, is func(activities.CaseView) bool) activities.CaseView {
	t.Helper()
	c := dial(t, h.data)
	var v activities.CaseView
	eventually(t, 2*time.Minute, id+" is "+what, func() error {
		answer, err := c.QueryWorkflow(soon(t), id, "", workflows.Status.Name)
		if err != nil {
			return err
		}
		v = activities.CaseView{}
		if err := answer.Get(&v); err != nil {
			return err
		}
		if !is(v) {
			return fmt.Errorf("it is in %s: %s", v.Phase, v.Headline)
		}
		return nil
	})
	return v
}

// finish receives the laptops as IT does, waits for the end of a case, and returns the case as it ended.
func (h *house) finish(t *testing.T, id string) activities.CaseView {
	t.Helper()
	received := map[string]bool{}
	h.awaitCase(t, id, "closed", func(v activities.CaseView) bool {
		for _, r := range v.Returns {
			if r.Milestone == activities.DeviceArrived && !received[r.Serial] {
				ok(t, h.data, "device", "received", r.Serial)
				received[r.Serial] = true
			}
		}
		return v.Closed
	})
	var end workflows.OffboardResult
	err := dial(t, h.data).GetWorkflow(soon(t), id, "").Get(soon(t), &end)
	if err != nil || !end.View.Closed {
		t.Fatal(errors.Join(err, fmt.Errorf("ended as %q", end.View.Outcome)))
	}
	return end.View
}
