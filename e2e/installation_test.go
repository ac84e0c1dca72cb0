package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/policies"
	"tenure/simulators/company"
	easypostsim "tenure/simulators/easypost"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
	"tenure/workers/fleet"
)

// startUp is how long a program may take to be up on a busy machine.
const startUp = 90 * time.Second

// fastPolicy writes the demonstration's policy with shorter days, and further replacements, old and new in turn.
func fastPolicy(t *testing.T, day time.Duration, replace ...string) string {
	t.Helper()
	body, err := policies.Read("demo")
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	for pairs := append([]string{"a_day_lasts: 1s", "a_day_lasts: " + day.String()}, replace...); len(pairs) > 1; pairs = pairs[2:] {
		if !strings.Contains(text, pairs[0]) {
			t.Fatalf("the demonstration's policy does not hold %q", pairs[0])
		}
		text = strings.Replace(text, pairs[0], pairs[1], 1)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// simulate is the command line of a demonstration on free ports.
func simulate(data, policy string, more ...string) []string {
	return append([]string{"--simulate", "--data", data, "--policy", policy, "--port", "0", "--ui-port", "0", "--console-port", "0"}, more...)
}

// house is an installation that runs without --simulate, on a world that lives in the test: its faults, its call
// logs and its accounts are at hand.
type house struct {
	data  string
	world *world.World
	proc  *process
}

// open starts an installation on a world of its own, and waits until the directory was read once.
func open(t *testing.T, policy string) *house {
	t.Helper()
	w, err := world.Start(world.Config{Pace: world.Pace{Parcel: time.Second, Transfer: 500 * time.Millisecond, Lock: 200 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	h := &house{data: t.TempDir(), world: w}
	h.proc = launch(t, program(t, "standalone"), h.args(connections(t, w, nil), policy)...)
	h.proc.says(t, "Tenure is up", startUp)
	h.awaitDirectory(t)
	return h
}

func (h *house) args(connections, policy string) []string {
	return []string{"--connections", connections, "--data", h.data, "--policy", policy, "--port", "0", "--ui-port", "0", "--watch-every", "1s", "--listen", "127.0.0.1:0"}
}

// awaitDirectory waits for the baseline: from then on a change in HR is an event.
func (h *house) awaitDirectory(t *testing.T) {
	t.Helper()
	s := openStore(t, h.data)
	eventually(t, startUp, "the directory is read", func() error {
		_, err := s.PersonByProfile(soon(t), company.DemoLeaver().ProfileID)
		return err
	})
}

// hookSecret is what vendors prove their webhooks with.
const hookSecret = "a-secret-of-the-tests-own"

// connections writes a connections file for a world. edit changes a line before it is written; nil changes none.
func connections(t *testing.T, w *world.World, edit func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	secret := func(name, value string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
		return "{file: " + path + "}"
	}
	hook := secret("hook", hookSecret)
	text := strings.Join([]string{
		"namely: {url: " + w.URL["namely"] + ", token: " + secret("namely", namelysim.DefaultToken) + "}",
		"okta: {url: " + w.URL["okta"] + ", token: " + secret("okta", oktasim.DefaultToken) + ", hook_secret: " + hook + ", own_actors: [" + oktasim.OperatorID + "]}",
		"google: {url: " + w.URL["google"] + ", key: " + secret("google", string(w.Google.ServiceAccountJSON(w.URL["google"]))) + ", admin: " + world.GoogleAdmin + "}",
		"jamf: {url: " + w.URL["jamf"] + ", client_id: " + jamfsim.DefaultClientID + ", client_secret: " + secret("jamf", jamfsim.DefaultClientSecret) + "}",
		"retriever: {url: " + w.URL["retriever"] + ", key: " + secret("retriever", retrieversim.DefaultKey) + ", reads_per_day: 1000000, return_to: {recipient: IT, company: Example Company," +
			" display_name: Example IT, line1: 9 Elm Street, city: New York, state: NY, zip: \"10001\", country: US, notify: [it@example.com]}}",
		"tracking: {url: " + w.URL["easypost"] + "/v2, key: " + secret("easypost", easypostsim.DefaultKey) + ", webhook_secret: " + hook + "}",
		"slack: {url: " + w.URL["slack"] + ", bot_token: " + secret("slack", slacksim.DefaultBotToken) + ", app_token: " + secret("slack_app", slacksim.DefaultAppToken) + "}",
		fmt.Sprintf("jira: {url: %s, flavour: cloud, email: %s, token: %s, webhook_secret: %s, index_wait: %s}", w.URL["jira"], jirasim.DefaultEmail, secret("jira", jirasim.DefaultToken), hook, 3*jirasim.DefaultIndexDelay),
	}, "\n") + "\n"
	if edit != nil {
		text = edit(text)
	}
	path := filepath.Join(dir, "connections.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// env reads the settings that an installation wrote for its command line.
func env(t *testing.T, data string) func(string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(data, "tenure.env"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(body)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[k] = v
		}
	}
	return func(key string) string { return values[key] }
}

// keys are the payload keys of an installation.
func keys(t *testing.T, data string) temporalclient.Keyring {
	t.Helper()
	k, err := temporalclient.ReadKeyFile(filepath.Join(data, "payload.keys"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// dial connects to the Temporal of a running installation.
func dial(t *testing.T, data string) client.Client {
	t.Helper()
	get := env(t, data)
	c, err := temporalclient.Dial(soon(t), temporalclient.Options{Address: get("TEMPORAL_ADDRESS"), Namespace: get("TEMPORAL_NAMESPACE"),
		Keys: keys(t, data), Identity: "e2e", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// openStore opens the store of an installation, running or not, with the key that opens its PINs.
func openStore(t *testing.T, data string) *store.Store {
	t.Helper()
	key, err := fleet.ReadStoreKey(filepath.Join(data, "store.key"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := store.ConfigFromEnv(env(t, data))
	if err != nil {
		t.Fatal(err)
	}
	config.SecretKey = key
	s, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// ran is what a command of the command line did.
type ran struct {
	code     int
	out, err string
}

// tenure runs the command line against an installation.
func tenure(t *testing.T, data string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, program(t, "starter"), append([]string{"--data", data, "--as", "jo"}, args...)...)
	cmd.Env, cmd.Stdin = bareEnv(), strings.NewReader("")
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("tenure %s did not end: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// ok runs a command that must succeed and returns what it printed.
func ok(t *testing.T, data string, args ...string) string {
	t.Helper()
	r := tenure(t, data, args...)
	if r.code != 0 {
		t.Fatalf("tenure %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.err, r.out)
	}
	return r.out
}

// refused runs a command that must end with a code, and checks that its message holds every one of these words.
func refused(t *testing.T, data string, code int, words []string, args ...string) {
	t.Helper()
	r := tenure(t, data, args...)
	if r.code != code {
		t.Errorf("tenure %s: exit %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.err, r.out)
	}
	for _, w := range words {
		if !strings.Contains(r.err, w) {
			t.Errorf("tenure %s: the message does not hold %q: %s", strings.Join(args, " "), w, r.err)
		}
	}
}

// decode reads the JSON of a case.
func decode(t *testing.T, text string) activities.CaseView {
	t.Helper()
	var v activities.CaseView
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&v); err != nil && err != io.EOF {
		t.Fatalf("not a case in JSON: %v\n%s", err, text)
	}
	return v
}

// explain asks the command line how a case stands.
func (h *house) explain(t *testing.T, who string) (activities.CaseView, error) {
	t.Helper()
	r := tenure(t, h.data, "--json", "explain", who)
	if r.code != 0 {
		return activities.CaseView{}, fmt.Errorf("exit %d: %s", r.code, r.err)
	}
	return decode(t, r.out), nil
}
