package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
	"tenure/simulators/company"
	jamfsim "tenure/simulators/jamf"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

// TestOnce plays the demonstration whole and looks at everything it left behind.
func TestOnce(t *testing.T) {
	whole(t)
	t.Parallel()
	data := t.TempDir()
	p := launch(t, program(t, "standalone"), simulate(data, fastPolicy(t, 200*time.Millisecond), "--once", "--json")...)
	if code := p.wait(t, 4*time.Minute); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, p.err, p.out)
	}
	v := decode(t, p.out.String())
	inspect(t, data, v)
	t.Run("a second start goes on where the first stopped", func(t *testing.T) { onceMore(t, data, v) })
}

// inspect checks a case that has ended, the vendors it acted on, and its evidence.
func inspect(t *testing.T, data string, v activities.CaseView) {
	t.Helper()
	t.Run("every critical step is proved", func(t *testing.T) { provedCase(t, v) })
	w, err := world.Start(world.Config{Dir: filepath.Join(data, "vendors")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	t.Run("the vendors agree", func(t *testing.T) { shutOut(t, w) })
	t.Run("the Mac is locked with the PIN that is kept", func(t *testing.T) { locked(t, data, w, v) })
	t.Run("nothing twice", func(t *testing.T) { nothingTwice(t, w, v) })
	t.Run("the mailbox was lent first and suspended last", func(t *testing.T) { lentThenSuspended(t, w) })
	t.Run("the evidence is whole", func(t *testing.T) { evidenced(t, data, v) })
}

func provedCase(t *testing.T, v activities.CaseView) {
	t.Helper()
	if !v.Closed || v.Outcome != "completed" || len(v.Steps) < 25 {
		t.Errorf("closed %v, outcome %q, %d steps", v.Closed, v.Outcome, len(v.Steps))
	}
	for _, s := range v.Steps {
		if s.Critical && !s.State.Proved() || !s.State.Ended() {
			t.Errorf("%s is %s: %s", s.ID, s.State, s.Detail)
		}
	}
}

// shutOut checks that the person has no way in any more.
func shutOut(t *testing.T, w *world.World) {
	t.Helper()
	who := company.DemoLeaver()
	u, ok := w.Okta.User(who.Email)
	if !ok || u.Status != "DEPROVISIONED" || len(u.Sessions)+len(u.Tokens)+len(u.Grants)+len(u.Factors) != 0 {
		t.Errorf("Okta: %s, %d sessions, %d tokens, %d grants, %d factors", u.Status, len(u.Sessions), len(u.Tokens), len(u.Grants), len(u.Factors))
	}
	g, ok := w.Google.User(who.Email)
	if !ok || !g.Suspended || len(g.Sessions)+len(g.Tokens)+len(g.ASPs)+len(g.BackupCodes) != 0 {
		t.Errorf("Google: suspended %v, %d sessions, %d tokens", g.Suspended, len(g.Sessions), len(g.Tokens))
	}
	if len(g.Mail.Delegates) != 0 || g.Mail.Forwarding.Enabled || g.OrgUnitPath != world.LeaversUnit || !g.Hidden {
		t.Errorf("Google: delegates %v, forwarding %v, unit %s, hidden %v", g.Mail.Delegates, g.Mail.Forwarding.Enabled, g.OrgUnitPath, g.Hidden)
	}
	if transfers := w.Google.Transfers(); len(transfers) != 1 || transfers[0].Status != "completed" {
		t.Errorf("transfers: %+v", transfers)
	}
}

func locked(t *testing.T, data string, w *world.World, v activities.CaseView) {
	t.Helper()
	s, all := openStore(t, data), w.Jamf.Snapshot()
	for _, d := range company.DemoLeaver().Devices {
		pin, err := s.KnownPIN(soon(t), v.Case, d.Serial)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all.Devices, func(x jamfsim.Device) bool { return x.Serial == d.Serial })
		mac := all.Devices[i]
		if !mac.Locked || mac.LockPIN != pin || mac.StoredPIN != pin || mac.Stranded {
			t.Errorf("%s: locked %v, stranded %v, and its PIN is the kept one: %v, %v", d.Serial, mac.Locked, mac.Stranded, mac.LockPIN == pin, mac.StoredPIN == pin)
		}
	}
	if pins := lockPINs(w); len(pins) != len(company.DemoLeaver().Devices) {
		t.Errorf("locks were sent with %d PINs to the %d devices of the leaver", len(pins), len(company.DemoLeaver().Devices))
	}
}

// lockPINs is what the locks were sent with, device and PIN.
func lockPINs(w *world.World) map[string]bool {
	pins := map[string]bool{}
	for _, c := range w.Jamf.Snapshot().Commands {
		if c.Type == "DEVICE_LOCK" {
			pins[c.ManagementID+" "+c.PIN] = true
		}
	}
	return pins
}

// nothingTwice counts what a vendor would have made twice without a murmur.
func nothingTwice(t *testing.T, w *world.World, v activities.CaseView) {
	t.Helper()
	if orders := w.Retriever.Orders(); len(orders) != len(v.Returns) {
		t.Errorf("%d boxes were ordered for %d devices", len(orders), len(v.Returns))
	}
	if n := len(w.Google.Transfers()); n != 1 {
		t.Errorf("%d transfers were started", n)
	}
	locks := 0
	for _, c := range w.Jamf.Snapshot().Commands {
		if c.Type == "DEVICE_LOCK" {
			locks++
		}
	}
	if locks != len(v.Returns) {
		t.Errorf("%d locks were sent for %d computers", locks, len(v.Returns))
	}
	oneTicket(t, w, v)
	oneCard(t, w, v)
}

func oneTicket(t *testing.T, w *world.World, v activities.CaseView) {
	t.Helper()
	var tickets []string
	for _, i := range w.Jira.Snapshot().Issues {
		if i.Parent == "" {
			tickets = append(tickets, i.Key)
		}
		seen := map[string]bool{}
		for _, c := range i.Comments {
			lines := strings.Split(strings.TrimSpace(c.Body), "\n")
			ref, marked := strings.CutPrefix(lines[len(lines)-1], "ref: ")
			if !marked || seen[ref] {
				t.Errorf("%s has a comment without a mark, or tells twice: %s", i.Key, c.Body)
			}
			seen[ref] = true
		}
		if len(seen) == 0 && i.Parent == "" {
			t.Errorf("%s has no comments", i.Key)
		}
	}
	if !slices.Equal(tickets, []string{v.JiraKey}) {
		t.Errorf("tickets: %v; the case names %s", tickets, v.JiraKey)
	}
}

// oneCard checks that the channel shows the case once, and its thread every entry of the log once and in order. What
// was asked through a front door is announced beside it.
func oneCard(t *testing.T, w *world.World, v activities.CaseView) {
	t.Helper()
	room, _ := w.Slack.Channel(world.ITChannel)
	cards := slices.DeleteFunc(room.Messages, func(m slacksim.Post) bool {
		return m.Metadata != nil && m.Metadata.EventType != "tenure_case"
	})
	if len(cards) != 1 {
		t.Fatalf("%d cards in the channel, want one", len(cards))
	}
	card := cards[0]
	if !strings.Contains(string(card.Blocks)+card.Text, v.Headline) {
		t.Errorf("the card does not show the end (%s): %s", v.Headline, card.Blocks)
	}
	next := 1
	for _, m := range card.Thread {
		if m.Metadata == nil {
			t.Errorf("a reply without a mark: %s", m.Text)
			continue
		}
		first, last := number(m.Metadata.EventPayload["first"]), number(m.Metadata.EventPayload["last"])
		if first != next {
			t.Errorf("the thread goes on with entry %d after %d", first, next-1)
		}
		next = last + 1
	}
	if next < 20 {
		t.Errorf("the thread ends with entry %d", next-1)
	}
}

func number(v any) int {
	f, _ := v.(float64)
	return int(f)
}

// lentThenSuspended reads the order of the mailbox's steps in Google's call log.
func lentThenSuspended(t *testing.T, w *world.World) {
	t.Helper()
	first := func(what string, is func(kit.Call) bool) int {
		i := slices.IndexFunc(w.Google.Calls(), func(c kit.Call) bool { return is(c) && c.Status/100 == 2 })
		if i < 0 {
			t.Errorf("never: %s", what)
		}
		return i
	}
	heir, _ := company.Find(company.People(), company.DemoLeaver().Manager)
	lent := first("delegate", func(c kit.Call) bool {
		return c.Method == "POST" && strings.HasSuffix(c.Path, "/settings/delegates") && strings.Contains(c.Body, heir.Email)
	})
	taken := first("delegate removed", func(c kit.Call) bool {
		return c.Method == "DELETE" && strings.HasSuffix(c.Path, "/settings/delegates/"+heir.Email)
	})
	shut := first("suspend", func(c kit.Call) bool { return strings.Contains(c.Body, `"suspended":true`) })
	if lent >= taken || taken >= shut {
		t.Errorf("calls %d, %d and %d: want lent, then taken back, then suspended", lent, taken, shut)
	}
}

// evidenced checks the chain and that every step of the case stands in it, local activities' too.
func evidenced(t *testing.T, data string, v activities.CaseView) {
	t.Helper()
	s := openStore(t, data)
	if _, err := s.VerifyEvidence(soon(t)); err != nil {
		t.Error(err)
	}
	rows, err := s.CaseEvidence(soon(t), v.Case)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range v.Returns {
		more, err := s.CaseEvidence(soon(t), "device-return/"+string(v.Employee)+"/"+r.Serial)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, more...)
	}
	told := func(is func(evidence.Record) bool) bool { return slices.ContainsFunc(rows, is) }
	for _, step := range v.Steps {
		if step.Started.IsZero() || step.ID.Action() == plan.DeviceReturn {
			continue // decided by the plan, or a process of its own with steps of its own
		}
		if !told(func(r evidence.Record) bool { return r.Step == step.ID && r.State == step.State }) {
			t.Errorf("no evidence that %s is %s", step.ID, step.State)
		}
	}
	for _, local := range []string{activities.CaseSeal.Name, activities.CaseRecordDecision.Name} {
		if !told(func(r evidence.Record) bool { return r.Activity == local }) {
			t.Errorf("no evidence of %s", local)
		}
	}
}

// onceMore starts again on the same folder: the case has ended, so nothing is done and the answer is the same.
func onceMore(t *testing.T, data string, v activities.CaseView) {
	before := mutations(t, data)
	p := launch(t, program(t, "standalone"), simulate(data, fastPolicy(t, 200*time.Millisecond), "--once", "--json")...)
	if code := p.wait(t, startUp); code != 0 {
		t.Fatalf("exit %d\n%s", code, p.err)
	}
	if again := decode(t, p.out.String()); again.Run != v.Run || again.Version != v.Version {
		t.Errorf("run %s version %d became run %s version %d", v.Run, v.Version, again.Run, again.Version)
	}
	if after := mutations(t, data); after != before {
		t.Errorf("the vendors were changed %d times more", after-before)
	}
}

// mutations counts the calls in the vendors' logs that could have changed something.
func mutations(t *testing.T, data string) int {
	t.Helper()
	w, err := world.Start(world.Config{Dir: filepath.Join(data, "vendors")})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return mutationsOf(w)
}

// mutationsOf counts calls that could have changed something anywhere.
func mutationsOf(w *world.World) int { return changes(w.Kits()) }

// changes leaves out the calls that only ask: for tokens, and searches and reads that a vendor does by POST.
func changes(kits map[string]*kit.Kit) int {
	n := 0
	for _, k := range kits {
		n += k.Mutations("/token", "/oauth2/**", "/api/oauth/token", "/api/v1/oauth/token", "/rest/api/3/search/**",
			"/api/auth.test", "/api/conversations.history", "/api/conversations.replies", "/api/conversations.info", "/api/users.lookupByEmail")
	}
	return n
}
