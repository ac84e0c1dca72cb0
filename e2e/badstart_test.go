package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenure/simulators/world"
)

// TestBadStart gives standalone what cannot work: it ends, having started nothing, and says which setting is wrong
// and how to mend it.
func TestBadStart(t *testing.T) {
	whole(t)
	t.Parallel()
	w, err := world.Start(world.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	good := fastPolicy(t, time.Second)
	secret := func(value string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	with := func(policy, connections string, more ...string) []string {
		return append([]string{"--policy", policy, "--connections", connections, "--data", t.TempDir(), "--port", "0", "--ui-port", "0"}, more...)
	}
	// replaced writes a connections file in which one vendor's line is another one.
	replaced := func(vendor, line string) string {
		return connections(t, w, func(text string) string {
			var lines []string
			for l := range strings.Lines(text) {
				if strings.HasPrefix(l, vendor+":") {
					l = line + "\n"
				}
				lines = append(lines, l)
			}
			return strings.Join(lines, "")
		})
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	all := connections(t, w, nil)

	for _, c := range []struct {
		name  string
		args  []string
		code  int
		words []string
	}{
		{"nothing said", nil, 2, []string{"--connections FILE is missing", "--simulate"}},
		{"once without simulate", with(good, all, "--once"), 2, []string{"--once goes with --simulate only"}},
		{"stand-ins and real vendors at once", with(good, all, "--simulate"), 2, []string{"--simulate and --connections exclude each other"}},
		{"no policy", []string{"--connections", all, "--data", t.TempDir()}, 2, []string{"--policy FILE is missing", "policies/default.yaml"}},
		{"no folder", []string{"--connections", all, "--policy", good}, 2, []string{"--data DIR is missing"}},
		{"unknown person", simulate(t.TempDir(), good, "--person", "nobody@example.com"), 2, []string{`--person "nobody@example.com"`, "nobody in the simulated company"}},
		{"unknown scene", simulate(t.TempDir(), good, "--scene", "wedding"), 2, []string{`--scene "wedding"`, "join, leave, move, offboard, rehire"}},
		{"somebody else in a scene", simulate(t.TempDir(), good, "--scene", "move", "--person", "nobody@example.com"), 2, []string{"--person goes with the scene offboard only"}},
		{"no such connections file", with(good, "/nowhere/connections.yaml"), 1, []string{"/nowhere/connections.yaml", "deploy/connections.example.yaml"}},
		{"unknown key in the connections file", with(good, replaced("okta", "octa: {url: x}")), 1, []string{"octa", "line", "deploy/connections.example.yaml"}},
		{"secret not there", with(good, replaced("okta", "okta: {url: "+w.URL["okta"]+", token: {env: NOT_EXPORTED_ANYWHERE}}")), 1, []string{"okta.token", "NOT_EXPORTED_ANYWHERE", "export it"}},
		{"token refused by Okta", with(good, replaced("okta", "okta: {url: "+w.URL["okta"]+", token: {file: "+secret("00aWrongTokenOfSomebodyElse")+"}}")), 1, []string{"okta.token", "API token"}},
		{"secret refused by Jamf", with(good, replaced("jamf", "jamf: {url: "+w.URL["jamf"]+", client_id: nobody, client_secret: {file: "+secret("wrong")+"}}")), 1, []string{"jamf.client_secret", "client id or secret"}},
		{"token refused by Slack", with(good, replaced("slack", "slack: {url: "+w.URL["slack"]+", bot_token: {file: "+secret("xoxb-wrong")+"}}")), 1, []string{"slack.bot_token", "reinstall the app"}},
		{"token refused by Namely", with(good, replaced("namely", "namely: {url: "+w.URL["namely"]+", token: {file: "+secret("wrong")+"}}")), 1, []string{"namely.token", "personal access token"}},
		{"token refused by Jira", with(good, replaced("jira", "jira: {url: "+w.URL["jira"]+", flavour: cloud, email: tenure@example.com, token: {file: "+secret("wrong")+"}}")), 1, []string{"jira.token", "make a new one"}},
		{"key refused by Retriever", with(good, replaced("retriever", "retriever: {url: "+w.URL["retriever"]+", key: {file: "+secret("wrong")+
			"}, return_to: {recipient: IT, company: C, display_name: D, line1: 9 Elm Street, city: New York, state: NY, zip: \"10001\", country: US, notify: [it@example.com]}}")), 1, []string{"retriever.key", "make a new one"}},
		{"no policy file there", with("/nowhere/policy.yaml", all), 1, []string{"/nowhere/policy.yaml"}},
		{"unknown key in the policy", with(fastPolicy(t, time.Second, "  custodian: it@example.com", "  custodien: it@example.com"), all), 1, []string{"custodien", "custodian"}},
		{"suspend before delegate", with(badOrder(t), all), 1, []string{"offboard.order.hand_over", "google.suspend"}},
		{"Temporal's port is taken", with(good, all, "--port", port), 1, []string{"--port " + port, "0 takes a free one"}},
		{"the UI's port is taken", with(good, all, "--ui-port", port), 1, []string{"--ui-port " + port, "0 takes a free one"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, program(t, "standalone"), c.args...)
			if code := p.wait(t, startUp); code != c.code {
				t.Errorf("exit %d, want %d", code, c.code)
			}
			said := p.err.String()
			for _, word := range c.words {
				if !strings.Contains(said, word) {
					t.Errorf("it does not say %q: %s", word, said)
				}
			}
			for _, never := range []string{"Tenure is up", "panic", "00aWrongTokenOfSomebodyElse", "xoxb-wrong"} {
				if strings.Contains(said, never) {
					t.Errorf("it says %q: %s", never, said)
				}
			}
		})
	}
	t.Run("damaged keys", func(t *testing.T) { damagedKeys(t, good, all) })
}

// badOrder is a policy whose steps cannot be done in their order.
func badOrder(t *testing.T) string {
	return fastPolicy(t, time.Second, "  at: \"17:00\"", `  at: "17:00"
  order:
    hand_over: [google.forwarding, google.suspend, google.delegate, google.autoreply, google.transfer, google.groups, google.hide, google.orgunit]
    lease_end: [google.undelegate]`)
}

// damagedKeys starts on a folder that is in use, and on folders whose keys are not what they were.
func damagedKeys(t *testing.T, policy, connections string) {
	t.Parallel()
	data := t.TempDir()
	args := []string{"--policy", policy, "--connections", connections, "--data", data, "--port", "0", "--ui-port", "0"}
	first := launch(t, program(t, "standalone"), args...)
	first.says(t, "Tenure is up", startUp)
	second := launch(t, program(t, "standalone"), args...)
	if code := second.wait(t, startUp); code != 1 || !strings.Contains(second.err.String(), "in use by another process") {
		t.Errorf("a second process on the folder: exit %d, %s", code, second.err)
	}
	if code := first.interrupt(t); code != 0 {
		t.Errorf("Ctrl-C: exit %d, %s", code, first.err)
	}
	for name, words := range map[string][]string{"store.key": {"store.key", "restore it from a backup"}, "payload.keys": {"payload.keys", "base64"}} {
		path := filepath.Join(data, name)
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, kept[:len(kept)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		p := launch(t, program(t, "standalone"), args...)
		if code := p.wait(t, startUp); code != 1 {
			t.Errorf("half a %s: exit %d", name, code)
		}
		for _, w := range words {
			if !strings.Contains(p.err.String(), w) {
				t.Errorf("half a %s: it does not say %q: %s", name, w, p.err)
			}
		}
		if err := os.WriteFile(path, kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
