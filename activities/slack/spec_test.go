package slack_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

// argument is one argument of a method as Slack's reference lists it.
type argument struct {
	Required bool   `json:"required"`
	Type     string `json:"type"`
}

// TestRequests_FollowSlacksReference drives every call this package makes and holds each request against the
// vendor's machine-readable list of arguments.
func TestRequests_FollowSlacksReference(t *testing.T) {
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	w := newWorld(t, slack.AccountEnterprise, enterprise)
	in := activities.MirrorCase{View: baseView(), Entries: entries(1, 2)}
	in.Entries = append(in.Entries, activities.Entry{Seq: 3, At: at(3), Kind: activities.EntryReport, Text: "done"})
	w.must(in)
	hide := w.sim.Inject(kit.Fault{Path: "/api/conversations.history", Status: 200, Body: `{"ok":true,"messages":[],"has_more":false}`})
	w.must(in)
	hide()
	ref := w.must(in) // deletes the second card
	in.Ref, in.View.Version = ref, in.View.Version+1
	w.must(in)
	w.outcome(perform("", "dana@example.com", account), plan.Verified)
	if err := w.sys.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	ida, it := w.it()
	if _, err := w.lookUp(ida.ID, it.ID, it.Handle); err != nil {
		t.Fatal(err)
	}
	for _, channel := range []string{w.channel, ""} {
		if err := w.answer(activities.Answer{Text: "done", Reply: activities.Reply{Channel: channel, User: ida.ID, Thread: ref.Key}, View: &in.View}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	w.sim.AddUser(slacksim.User{Email: manager})
	w.tell(toManager("k"), plan.Verified)
	seen := map[string]bool{}
	for _, c := range w.sim.Calls() {
		method := strings.TrimPrefix(c.Path, "/api/")
		seen[method] = true
		checkCall(t, filepath.Join(dir, "slack", "methods", method+".json"), c)
	}
	for _, method := range []string{"auth.test", "chat.postMessage", "chat.update", "chat.delete", "chat.getPermalink", "conversations.history",
		"conversations.replies", "conversations.info", "conversations.open", "users.lookupByEmail", "users.info",
		"usergroups.list", "usergroups.users.list", "chat.postEphemeral", "admin.users.session.list", "admin.users.session.reset"} {
		if !seen[method] {
			t.Errorf("%s was not called: this test does not see all requests", method)
		}
	}
}

func checkCall(t *testing.T, file string, c kit.Call) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%s has no reference: %v", c.Path, err)
	}
	var method struct {
		Args map[string]argument `json:"args"`
	}
	if err := json.Unmarshal(b, &method); err != nil {
		t.Fatal(err)
	}
	sent, err := url.ParseQuery(c.Body)
	if c.Method == http.MethodGet {
		sent, err = url.ParseQuery(c.Query)
	}
	if err != nil {
		t.Fatal(err)
	}
	sent.Del("token")
	for name, values := range sent {
		arg, known := method.Args[name]
		if !known {
			t.Errorf("%s: %q is no argument", c.Path, name)
			continue
		}
		if !fits(arg.Type, values[0]) {
			t.Errorf("%s: %s=%q is no %s", c.Path, name, values[0], arg.Type)
		}
	}
	for name, arg := range method.Args {
		if arg.Required && sent.Get(name) == "" {
			t.Errorf("%s: %s is missing", c.Path, name)
		}
	}
}

func fits(kind, value string) bool {
	switch kind {
	case "boolean":
		_, err := strconv.ParseBool(value)
		return err == nil
	case "integer", "number":
		_, err := strconv.Atoi(value)
		return err == nil
	case "array":
		return json.Valid([]byte(value))
	}
	return true
}
