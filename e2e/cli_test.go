package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/company"
	jamfsim "tenure/simulators/jamf"
	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
)

// TestCLI uses the command line as three people of IT do, against an installation that runs. Its days are an hour
// long, so that cases stand where they are left.
func TestCLI(t *testing.T) {
	whole(t)
	t.Parallel()
	t.Run("a folder without an installation", func(t *testing.T) {
		refused(t, t.TempDir(), 6, []string{"--data", "tenure.env", "start standalone first"}, "list")
	})
	policyCheck(t)
	h := open(t, unmapped(t, fastPolicy(t, time.Hour)))
	t.Run("nothing runs", func(t *testing.T) { h.nothingRuns(t) })
	t.Run("preview", func(t *testing.T) { h.preview(t) })
	t.Run("who is meant", func(t *testing.T) { h.whoIsMeant(t) })
	t.Run("when", func(t *testing.T) { h.when(t) })
	t.Run("now", func(t *testing.T) { h.now(t) })
	t.Run("after Ctrl-C", func(t *testing.T) {
		if code := h.proc.interrupt(t); code != 0 {
			t.Errorf("exit %d\n%s", code, h.proc.err)
		}
		refused(t, h.data, 6, []string{"TEMPORAL_ADDRESS"}, "list")
	})
}

// unmapped takes the mapping out of a policy file: what HR changes then moves nobody.
func unmapped(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	without := regexp.MustCompile(`(?m)^mapping:\n(?:(?:[ #].*)?\n)+`).ReplaceAll(body, nil)
	if len(without) == len(body) {
		t.Fatal("the policy has no mapping")
	}
	if err := os.WriteFile(path, without, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// somebody is the first active person who fits.
func somebody(t *testing.T, fits func(company.Person) bool) company.Person {
	t.Helper()
	i := slices.IndexFunc(company.People(), func(p company.Person) bool {
		return p.Status == "active" && p.Number != "" && p.Email != company.DemoLeaver().Email && p.WorkerType == "Full Time" && fits(p)
	})
	if i < 0 {
		t.Fatal("nobody in the company fits")
	}
	return company.People()[i]
}

func macs(p company.Person) (serials []string) {
	for _, d := range p.Devices {
		if !d.Mobile {
			serials = append(serials, d.Serial)
		}
	}
	return serials
}

func policyCheck(t *testing.T) {
	data := t.TempDir() // not needed by the command
	good := fastPolicy(t, time.Second)
	t.Run("policy check", func(t *testing.T) {
		out := ok(t, data, "policy", "check", good)
		for _, w := range []string{"is in order", "okta.suspend", "google.undelegate"} {
			if !strings.Contains(out, w) {
				t.Errorf("does not say %q: %s", w, out)
			}
		}
		refused(t, data, 2, []string{"line 34", "custodien", "did you mean custodian?"},
			"policy", "check", fastPolicy(t, time.Second, "  custodian: it@example.com", "  custodien: it@example.com"))
		refused(t, data, 2, []string{"offboard.order.hand_over", "google.suspend", "lease_end"}, "policy", "check", badOrder(t))
		refused(t, data, 2, []string{"a_day_lasts", "soon"}, "policy", "check", fastPolicy(t, time.Second, "a_day_lasts: 1s", "a_day_lasts: soon"))
		refused(t, data, 2, []string{"nowhere.yaml"}, "policy", "check", filepath.Join(data, "nowhere.yaml"))
	})
}

func (h *house) nothingRuns(t *testing.T) {
	if out := ok(t, h.data, "list"); !strings.Contains(out, "No case runs") {
		t.Errorf("list says %q", out)
	}
	if out := strings.TrimSpace(ok(t, h.data, "--json", "list")); out != "[]" {
		t.Errorf("list --json says %q, want an empty array", out)
	}
	refused(t, h.data, 3, []string{"nobody is known as", "ghost@example.com"}, "explain", "ghost@example.com")
	refused(t, h.data, 3, []string{"offboard/" + company.DemoLeaver().Number, "tenure list"}, "explain", company.DemoLeaver().Email)
	refused(t, h.data, 2, []string{"EMAIL"}, "explain")
	refused(t, h.data, 2, []string{"--nonsense"}, "list", "--nonsense")
}

// preview shows the real plan of a real person, and changes nothing anywhere.
func (h *house) preview(t *testing.T) {
	who, before := somebody(t, func(p company.Person) bool { return p.Country() == "KR" && len(macs(p)) > 0 }), mutationsOf(h.world)
	out := ok(t, h.data, "preview", who.Email)
	for _, w := range []string{"okta.suspend", "google.delegate", "jamf.lock:" + macs(who)[0], "Nothing was changed"} {
		if !strings.Contains(out, w) {
			t.Errorf("does not say %q: %s", w, out)
		}
	}
	if after := mutationsOf(h.world); after != before {
		t.Errorf("%d calls could have changed something", after-before)
	}
	if u, _ := h.world.Okta.User(who.Email); u.Status != "ACTIVE" || len(u.Sessions) == 0 {
		t.Errorf("in Okta: %s with %d sessions", u.Status, len(u.Sessions))
	}
	if out := ok(t, h.data, "list"); !strings.Contains(out, "No case runs") {
		t.Errorf("after the preview list says %q", out)
	}
}

// whoIsMeant offboards nobody whom it does not know, and nobody who could be two people.
func (h *house) whoIsMeant(t *testing.T) {
	refused(t, h.data, 3, []string{"nobody is known as", "E99999"}, "offboard", "E99999", "--reason", "test")
	one := somebody(t, func(p company.Person) bool { return p.Department == "Sales" })
	other := somebody(t, func(p company.Person) bool { return p.Department == "Sales" && p.ProfileID != one.ProfileID })
	h.world.Namely.Edit(other.ProfileID, func(p *namelysim.Profile) { p.Email = one.Email })
	s := openStore(t, h.data)
	eventually(t, time.Minute, "the directory shows two people with one address", func() error {
		found, err := s.Find(soon(t), one.Email)
		if err == nil && len(found) != 2 {
			err = fmt.Errorf("%d people", len(found))
		}
		return err
	})
	before := touched(h.world)
	refused(t, h.data, 4, []string{one.Email, one.Number, other.Number, "employee id"}, "offboard", one.Email, "--reason", "test")
	refused(t, h.data, 4, []string{one.Number, other.Number}, "offboard", one.Number, "--reason", "test")
	if after := touched(h.world); after != before {
		t.Errorf("%d calls could have changed something", after-before)
	}
}

// touched counts calls that could have changed something, but for what is said in Slack: every refusal is announced.
func touched(w *world.World) int {
	kits := w.Kits()
	delete(kits, "slack")
	return changes(kits)
}

// when takes every form of --at, moves a case that has not begun, and calls no vendor when it is rescinded.
func (h *house) when(t *testing.T) {
	who := somebody(t, func(p company.Person) bool { return p.Country() == "DE" })
	for _, at := range []string{"tomorrow", "2027-13-01", "15.01.2027", "2027-01-15 25:00", "2027-01-15T09:00:00"} {
		refused(t, h.data, 2, []string{"--at", "2026-11-30T17:00:00-05:00"}, "offboard", who.Email, "--at", at, "--reason", "test")
	}
	refused(t, h.data, 2, []string{"--at", "is past"}, "offboard", who.Email, "--at", "2020-01-15", "--reason", "test")
	before := h.touched()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   string
		want time.Time
	}{
		{"2027-01-15", time.Date(2027, 1, 15, 17, 0, 0, 0, berlin)},
		{"2027-07-16 09:30", time.Date(2027, 7, 16, 9, 30, 0, 0, berlin)},
		{"2027-01-17T09:00:00-05:00", time.Date(2027, 1, 17, 14, 0, 0, 0, time.UTC)},
	} {
		ok(t, h.data, "offboard", who.Email, "--at", c.at, "--reason", "contract ends")
		v, err := h.explain(t, who.Number)
		if err != nil || v.Phase != "scheduled" || !v.Effective.Equal(c.want) {
			t.Errorf("--at %s: in %s for %s, want %s (%v)", c.at, v.Phase, v.Effective, c.want, err)
		}
	}
	out := ok(t, h.data, "list")
	if !strings.Contains(out, "offboard/"+who.Number) || !strings.Contains(out, "scheduled") {
		t.Errorf("list says %q", out)
	}
	refused(t, h.data, 2, []string{"--reason", "evidence"}, "rescind", who.Email)
	ok(t, h.data, "rescind", who.Email, "--reason", "the contract goes on")
	eventually(t, time.Minute, "the case is gone", func() error {
		if out := ok(t, h.data, "list"); !strings.Contains(out, "No case runs") {
			return errors.New(out)
		}
		return nil
	})
	if after := h.touched(); after != before {
		t.Errorf("%d calls could have changed something, besides Slack and Jira, which were told", after-before)
	}
	if u, _ := h.world.Okta.User(who.Email); u.Status != "ACTIVE" || len(u.Sessions) == 0 {
		t.Errorf("in Okta: %s with %d sessions", u.Status, len(u.Sessions))
	}
	refused(t, h.data, 3, []string{"there is no running case", "tenure list"}, "rescind", who.Email, "--reason", "again")
}

// touched counts the calls that could have changed something about a person, which a post or a ticket does not.
func (h *house) touched() int {
	kits := h.world.Kits()
	delete(kits, "slack")
	delete(kits, "jira")
	return changes(kits)
}

// now offboards somebody with several Macs, answers its steps wrongly in every way, and rescinds it.
func (h *house) now(t *testing.T) {
	who := somebody(t, func(p company.Person) bool {
		return p.Country() == "US" && len(macs(p)) > 1 && p.Department == "Engineering"
	})
	out := ok(t, h.data, "offboard", who.Email, "--reason", "resigned")
	for _, w := range []string{"Offboard of " + who.Name(), "cli:jo (resigned)", "tenure explain " + who.Number, "tenure rescind " + who.Number} {
		if !strings.Contains(out, w) {
			t.Errorf("offboard does not say %q: %s", w, out)
		}
	}
	id := "offboard/" + who.Number
	h.awaitCase(t, id, "in lease, contained", func(v activities.CaseView) bool { return v.Phase == "lease" && !v.ContainedAt.IsZero() })
	refused(t, h.data, 5, []string{who.Number, "is being offboarded already", "tenure explain"}, "offboard", who.Email, "--reason", "again")
	h.aPINEach(t, who)
	h.explained(t, who)
	h.wrongAnswers(t, who)
	h.rescinded(t, who)
}

// aPINEach checks that several computers of one person were locked with different PINs.
func (h *house) aPINEach(t *testing.T, who company.Person) {
	t.Helper()
	pins := map[string]bool{}
	for _, d := range h.world.Jamf.Snapshot().Devices {
		if d.Kind != jamfsim.Computer || !slices.Contains(macs(who), d.Serial) {
			continue
		}
		pin, err := openStore(t, h.data).KnownPIN(soon(t), "offboard/"+who.Number, d.Serial)
		if err != nil || !d.Locked || d.LockPIN != pin {
			t.Errorf("%s: locked %v with the kept PIN %v, %v", d.Serial, d.Locked, d.LockPIN == pin, err)
		}
		pins[pin] = true
	}
	if len(pins) != len(macs(who)) {
		t.Errorf("%d PINs for %d computers", len(pins), len(macs(who)))
	}
}

func (h *house) explained(t *testing.T, who company.Person) {
	t.Helper()
	out := ok(t, h.data, "explain", who.Email)
	for _, w := range []string{"Contained and verified in", "okta.deactivate", "verified", "device " + macs(who)[0], "mailbox lent to", "Next: ", "ITOFF-", "/workflows/"} {
		if !strings.Contains(out, w) {
			t.Errorf("explain does not say %q: %s", w, out)
		}
	}
	v, err := h.explain(t, "offboard/"+who.Number)
	if err != nil || v.Email != who.Email || v.Actor != "cli:jo" || len(v.Returns) != len(macs(who)) || v.NextWake.IsZero() {
		t.Errorf("explain --json: %s by %s with %d returns (%v)", v.Email, v.Actor, len(v.Returns), err)
	}
	list := ok(t, h.data, "list")
	for _, w := range append(macs(who), "offboard/"+who.Number, "lease") {
		if !strings.Contains(list, w) {
			t.Errorf("list does not say %q: %s", w, list)
		}
	}
}

func (h *house) wrongAnswers(t *testing.T, who company.Person) {
	t.Helper()
	number := who.Number
	refused(t, h.data, 5, []string{"okta.suspend has ended (verified)"}, "step", "retry", number, "okta.suspend")
	refused(t, h.data, 5, []string{"google.suspend", "has not been tried yet"}, "step", "retry", number, "google.suspend")
	refused(t, h.data, 5, []string{"okta.suspend", "ended"}, "step", "skip", number, "okta.suspend", "--reason", "no")
	refused(t, h.data, 3, []string{"okta.nonsense", "okta.suspend"}, "step", "done", number, "okta.nonsense", "--reason", "no")
	refused(t, h.data, 2, []string{"--reason"}, "step", "skip", number, "google.suspend")
	refused(t, h.data, 2, []string{"a person or case and a step"}, "step", "retry", number)
	refused(t, h.data, 5, []string{"does not wait for an approval"}, "--as", h.email(t, world.AuthorisedUser), "approve", number)
	refused(t, h.data, 5, []string{"not on hold"}, "release", number, "--reason", "no")
	refused(t, h.data, 3, append(macs(who), "no return waits for serial", "C02WRONG"), "device", "received", "C02WRONG")
	ok(t, h.data, "hold", number, "--reason", "legal asks")
	if out := ok(t, h.data, "explain", number); !strings.Contains(out, "legal asks") {
		t.Errorf("explain does not show the hold: %s", out)
	}
	ok(t, h.data, "release", number, "--reason", "legal has its copy")
}

// rescinded brings the person back and ends, by hand, what no machine can undo.
func (h *house) rescinded(t *testing.T, who company.Person) {
	t.Helper()
	id := "offboard/" + who.Number
	ok(t, h.data, "rescind", who.Email, "--reason", "resignation withdrawn")
	h.awaitCase(t, id, "restored", func(v activities.CaseView) bool {
		return slices.ContainsFunc(v.Steps, func(s activities.StepView) bool {
			return s.ID == "google.restore" && s.State.Ended() || s.State.AsksForPerson()
		}) &&
			v.Phase == "rescind" && len(v.WaitsFor) > 0
	})
	if u, _ := h.world.Okta.User(who.Email); u.Status == "DEPROVISIONED" || u.Status == "SUSPENDED" {
		t.Errorf("in Okta the person is still %s", u.Status)
	}
	eventually(t, 90*time.Second, "every task is answered and the case closes as rescinded", func() error {
		v, err := h.explain(t, id)
		if err != nil || v.Closed && v.Outcome == "rescinded" {
			return err
		}
		for _, s := range v.Steps {
			if s.State.AsksForPerson() {
				ok(t, h.data, "step", "done", id, string(s.ID), "--reason", "seen to by hand")
			}
		}
		return fmt.Errorf("in %s, waits for %v:\n%s", v.Phase, v.WaitsFor, ok(t, h.data, "explain", id))
	})
	h.returnsGivenUp(t, who)
}

// returnsGivenUp waits for the end of the returns: what was left of their boxes was the case's task.
func (h *house) returnsGivenUp(t *testing.T, who company.Person) {
	t.Helper()
	for _, serial := range macs(who) {
		h.awaitCase(t, "device-return/"+who.Number+"/"+serial, "called off", func(v activities.CaseView) bool { return v.Closed && v.Outcome == "rescinded" })
	}
}
