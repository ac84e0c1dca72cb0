package e2e

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/temporalclient"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
)

var record = flag.Bool("record", false, "write the histories that the replay test of package workflows replays")

// recordings is where package workflows keeps the histories it replays.
const recordings = "../workflows/testdata/replay"

// TestRecordHistories plays cases and keeps their histories, decrypted. It does so only when it is asked to:
//
//	go test ./e2e -run TestRecordHistories -record
func TestRecordHistories(t *testing.T) {
	if !*record {
		t.Skip("writes files of another package; run it with -record")
	}
	if err := os.MkdirAll(recordings, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, play := range map[string]func(*testing.T) (*house, string){"whole": playWhole, "rescinded": playRescinded, "unverified": playUnverified} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id := play(t)
			c := dial(t, h.data)
			h.keep(t, c, id, "offboard-"+name)
			v, err := h.explain(t, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range v.Returns[:min(1, len(v.Returns))] {
				h.keep(t, c, "device-return/"+string(v.Employee)+"/"+r.Serial, "device-return-"+name)
			}
		})
	}
}

// playWhole is the demonstration.
func playWhole(t *testing.T) (*house, string) {
	h := open(t, fastPolicy(t, 500*time.Millisecond))
	id := h.leave(t)
	provedCase(t, h.finish(t, id))
	return h, id
}

// playRescinded brings somebody back who had been contained.
func playRescinded(t *testing.T) (*house, string) {
	h := open(t, fastPolicy(t, time.Hour))
	who := company.DemoLeaver()
	ok(t, h.data, "offboard", who.Email, "--reason", "resigned")
	id := "offboard/" + who.Number
	h.awaitCase(t, id, "in lease, contained", func(v activities.CaseView) bool { return v.Phase == "lease" && !v.ContainedAt.IsZero() })
	h.rescinded(t, who)
	return h, id
}

// playUnverified has a target that answers 200 and does nothing, until a person has seen to it.
func playUnverified(t *testing.T) (*house, string) {
	h := open(t, fastPolicy(t, 500*time.Millisecond))
	h.world.Okta.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 200, Body: "{}"})
	id := h.leave(t)
	step := plan.StepID(plan.OktaDeactivate)
	h.awaitCase(t, id, "unverified", func(v activities.CaseView) bool {
		return slices.ContainsFunc(v.Steps, func(s activities.StepView) bool { return s.ID == step && s.State == plan.Unverified })
	})
	h.world.Okta.ClearFaults()
	ok(t, h.data, "step", "done", id, string(step), "--reason", "deactivated by hand")
	provedCase(t, h.finish(t, id))
	return h, id
}

// TestRecordRoles does the same for joining, moving, leave and coming back.
func TestRecordRoles(t *testing.T) {
	if !*record {
		t.Skip("writes files of another package; run it with -record")
	}
	for name, play := range map[string]func(*testing.T, *house) []string{
		"joiner": recordJoiner, "mover": recordMover, "away": recordAway, "rehired": recordRehired} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, fastPolicy(t, 500*time.Millisecond))
			for _, id := range play(t, h) {
				process, _, _ := strings.Cut(id, "/")
				h.awaitCase(t, id, "closed", func(v activities.CaseView) bool { return v.Closed })
				h.keep(t, dial(t, h.data), id, process+"-"+name)
			}
		})
	}
}

// recordJoiner is somebody who begins today.
func recordJoiner(_ *testing.T, h *house) []string {
	h.world.Namely.AddProfile(namelysim.Profile{Email: "joiner.recorded@example.com", FirstName: "Joiner", LastName: "Recorded", Status: "pending",
		EmployeeID: "E7100", JobTitle: "Site Reliability Engineer", Department: "Engineering", Office: "New York", EmployeeType: "Full Time",
		Start: time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)})
	return []string{"onboard/E7100"}
}

// recordMover keeps the pager for a while after the move.
func recordMover(t *testing.T, h *house) []string {
	p := member(t, "Engineering")
	h.world.Namely.Edit(p.ProfileID, func(n *namelysim.Profile) { n.Department, n.JobTitle = "Product", "Product Analyst" })
	return []string{"move/" + p.Number}
}

func recordAway(t *testing.T, h *house) []string {
	p := member(t, "Marketing")
	id := "leave/" + p.Number
	h.world.Namely.SetLeave(p.ProfileID, "On leave")
	h.awaitCase(t, id, "away", func(v activities.CaseView) bool { return v.Phase == "away" })
	h.world.Namely.SetLeave(p.ProfileID, "")
	return []string{id}
}

// recordRehired comes back while the mailbox is lent.
func recordRehired(t *testing.T, h *house) []string {
	id := h.leave(t)
	h.awaitCase(t, id, "in lease", func(v activities.CaseView) bool { return v.Phase == "lease" })
	who := company.DemoLeaver()
	h.world.Namely.SetStatus(who.ProfileID, "active")
	again := "onboard/" + who.Number
	h.awaitCase(t, again, "asked about", func(v activities.CaseView) bool { return v.Phase == "identify" })
	ok(t, h.data, "step", "done", again, "identity.rehire", "--reason", "signed again")
	h.awaitCase(t, again, "closed", func(v activities.CaseView) bool { return v.Closed })
	v := h.awaitCase(t, id, "making way", func(v activities.CaseView) bool { return v.Phase == "rehired" || v.Closed })
	for _, s := range v.Steps {
		if s.State.AsksForPerson() {
			ok(t, h.data, "step", "skip", id, string(s.ID), "--reason", "seen to")
		}
	}
	return []string{again, id}
}

// member is somebody of a department who manages nobody.
func member(t *testing.T, department string) company.Person {
	t.Helper()
	people := company.People()
	for _, p := range people {
		manages := slices.ContainsFunc(people, func(q company.Person) bool { return q.Manager == p.ProfileID })
		if p.Department == department && p.Status == "active" && p.WorkerType == "Full Time" && !manages && p.Number != "" {
			return p
		}
	}
	t.Fatalf("nobody in %s", department)
	return company.Person{}
}

// keep writes a history that has ended.
func (h *house) keep(t *testing.T, c client.Client, id, name string) {
	t.Helper()
	if err := c.GetWorkflow(soon(t), id, "").Get(soon(t), nil); err != nil {
		t.Fatal(err)
	}
	clear := decrypted(t, historyOf(t, c, id, ""), temporalclient.NewCodec(keys(t, h.data)))
	body, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(clear)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(recordings, name+".json")
	if err := errors.Join(os.WriteFile(path, append(body, '\n'), 0o600), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d events, %d bytes", path, len(clear.Events), len(body))
}
