package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"tenure/internal/temporalclient"
	"tenure/simulators/company"
	easypostsim "tenure/simulators/easypost"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
)

// TestPasscodesAndTokensAreNowhereInHistory exports every history of a whole run. Decrypted they hold no secret; as
// Temporal keeps them they hold no name and no address either, and neither do the search attributes.
func TestPasscodesAndTokensAreNowhereInHistory(t *testing.T) {
	whole(t)
	t.Parallel()
	h := open(t, fastPolicy(t, 200*time.Millisecond))
	id := h.leave(t)
	v := h.finish(t, id)
	c := dial(t, h.data)
	raw := export(t, c)
	if raw[id] == nil || len(raw) < 3 {
		t.Fatalf("%d histories, and that of %s is among them: %v", len(raw), id, raw[id] != nil)
	}

	secrets := h.secrets(t, v.Case, v.Returns[0].Serial)
	codec := temporalclient.NewCodec(keys(t, h.data))
	for name, history := range raw {
		text := asJSON(t, history)
		for _, p := range personal() {
			if strings.Contains(strings.ToLower(text), strings.ToLower(p)) {
				t.Errorf("%s shows %q to whoever reads Temporal's database", name, p)
			}
		}
		noSecret(t, name+" as it is kept", text, secrets)
		noSecret(t, name, asJSON(t, decrypted(t, history, codec)), secrets)
		noPassword(t, name, decrypted(t, history, codec), h.passwordDigest(t))
	}
	if !strings.Contains(asJSON(t, decrypted(t, raw[id], codec)), company.DemoLeaver().Email) {
		t.Error("decrypted, the history does not name the leaver: nothing was decrypted")
	}
	idsOnly(t, c)
}

// secrets is everything that lets somebody in somewhere, by what it is.
func (h *house) secrets(t *testing.T, caseID, serial string) map[string]string {
	t.Helper()
	pin, err := openStore(t, h.data).KnownPIN(soon(t), caseID, serial)
	if err != nil {
		t.Fatal(err)
	}
	var key struct {
		PrivateKey string `json:"private_key"`
	}
	if err := json.Unmarshal(h.world.Google.ServiceAccountJSON(h.world.URL["google"]), &key); err != nil {
		t.Fatal(err)
	}
	line := strings.Split(key.PrivateKey, "\n")[3] // a line of the PEM, whatever escapes it
	return map[string]string{
		"the lock PIN": pin, "Namely's token": namelysim.DefaultToken, "Okta's token": oktasim.DefaultToken, "Google's key": line,
		"Jamf's secret": jamfsim.DefaultClientSecret, "Retriever's key": retrieversim.DefaultKey, "EasyPost's key": easypostsim.DefaultKey,
		"Slack's token": slacksim.DefaultBotToken, "Jira's token": jirasim.DefaultToken, "the old password": "seeded-" + company.DemoLeaver().ProfileID,
	}
}

// noSecret looks for each secret as a word of its own: six digits may well be part of a longer number.
func noSecret(t *testing.T, where, text string, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		if regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(secret) + `([^0-9A-Za-z]|$)`).MatchString(text) {
			t.Errorf("%s holds %s", where, what)
		}
	}
}

func (h *house) passwordDigest(t *testing.T) string {
	t.Helper()
	u, found := h.world.Google.User(company.DemoLeaver().Email)
	if !found || u.PasswordChanges == 0 {
		t.Fatal("the password was not changed")
	}
	return u.PasswordDigest
}

// noPassword looks for the new password, of which only the digest is known, among all strings of a history.
func noPassword(t *testing.T, where string, history *historypb.History, digest string) {
	t.Helper()
	visit(t, history, func(p *commonpb.Payload) {
		var v any
		if json.Unmarshal(p.GetData(), &v) != nil {
			v = string(p.GetData())
		}
		for _, s := range stringsIn(v) {
			sum := sha256.Sum256([]byte(s))
			if hex.EncodeToString(sum[:]) == digest {
				t.Errorf("%s holds the new password", where)
			}
		}
	})
}

func stringsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return append(strings.Fields(v), v)
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, stringsIn(x)...)
		}
		return all
	case map[string]any:
		var all []string
		for k, x := range v {
			all = append(append(all, k), stringsIn(x)...)
		}
		return all
	}
	return nil
}

// personal is what leads to the leaver or to the heir.
func personal() []string {
	who := company.DemoLeaver()
	heir, _ := company.Find(company.People(), who.Manager)
	return []string{who.Name(), who.Last, who.Email, who.Personal, who.Home.Line1, heir.Last, heir.Email, "@" + company.Domain}
}

// idsOnly checks the search attributes of every run: ids and codes.
func idsOnly(t *testing.T, c client.Client) {
	t.Helper()
	for _, e := range executions(t, c) {
		for name, p := range e.GetSearchAttributes().GetIndexedFields() {
			for _, word := range personal() {
				if strings.Contains(strings.ToLower(string(p.GetData())), strings.ToLower(word)) {
					t.Errorf("search attribute %s of %s holds %s", name, e.GetExecution().GetWorkflowId(), p.GetData())
				}
			}
		}
	}
}

type execution interface {
	GetExecution() *commonpb.WorkflowExecution
	GetSearchAttributes() *commonpb.SearchAttributes
}

// executions lists every run there is, but not more than a few of the many polls of the directory.
func executions(t *testing.T, c client.Client) []execution {
	t.Helper()
	var all []execution
	var token []byte
	polls := 0
	for {
		page, err := c.ListWorkflow(soon(t), &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.GetExecutions() {
			if strings.HasPrefix(e.GetExecution().GetWorkflowId(), "watch-directory/") {
				if polls++; polls > 10 && e.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED && e.GetHistoryLength() < 20 {
					continue
				}
			}
			all = append(all, e)
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return all
		}
	}
}

// export reads histories as they are kept, by workflow id (and run, where one id ran twice).
func export(t *testing.T, c client.Client) map[string]*historypb.History {
	t.Helper()
	out := map[string]*historypb.History{}
	for _, e := range executions(t, c) {
		name := e.GetExecution().GetWorkflowId()
		if out[name] != nil {
			name += " " + e.GetExecution().GetRunId()
		}
		out[name] = historyOf(t, c, e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId())
	}
	return out
}

func historyOf(t *testing.T, c client.Client, id, run string) *historypb.History {
	t.Helper()
	h := &historypb.History{}
	for events := c.GetWorkflowHistory(soon(t), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	return h
}

// decrypted is a copy of a history with readable payloads.
func decrypted(t *testing.T, h *historypb.History, codec converter.PayloadCodec) *historypb.History {
	t.Helper()
	clear := proto.Clone(h).(*historypb.History)
	err := proxy.VisitPayloads(context.Background(), clear, proxy.VisitPayloadsOptions{SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, ps []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return codec.Decode(ps)
		}})
	if err != nil {
		t.Fatal(err)
	}
	return clear
}

func visit(t *testing.T, h *historypb.History, see func(*commonpb.Payload)) {
	t.Helper()
	err := proxy.VisitPayloads(context.Background(), h, proxy.VisitPayloadsOptions{
		Visitor: func(_ *proxy.VisitPayloadsContext, ps []*commonpb.Payload) ([]*commonpb.Payload, error) {
			for _, p := range ps {
				see(p)
			}
			return ps, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
}

// asJSON is a history as `temporal workflow show --output json` prints it, with payloads in the clear where they
// are text.
func asJSON(t *testing.T, h *historypb.History) string {
	t.Helper()
	var b strings.Builder
	visit(t, h, func(p *commonpb.Payload) { fmt.Fprintf(&b, "%s %s\n", p.GetMetadata(), p.GetData()) })
	body, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return b.String() + string(body)
}
