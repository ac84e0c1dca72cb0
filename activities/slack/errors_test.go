package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

func TestProblem_EveryCodeOfTheTableIsComplete(t *testing.T) {
	kinds := map[string]bool{activities.InvalidInput: true, activities.NotFound: true, activities.Forbidden: true, activities.Conflict: true,
		activities.Unsupported: true, activities.RateLimited: true, activities.Unavailable: true}
	for code, r := range refusals {
		p := activities.ProblemOf(problem(t.Context(), "chat.update", slackapi.SlackErrorResponse{Err: code}))
		if !kinds[p.Type] || p.Type != r.kind || !strings.Contains(p.Text, code) || !strings.Contains(p.Text, "chat.update") {
			t.Errorf("%s: %+v", code, p)
		}
		if p.Mend == "" && p.Type != activities.NotFound {
			t.Errorf("%s has no mend", code)
		}
	}
}

// The contract's list of codes after which trying again can help (slack-jira.md 1.1), and some after which it cannot.
func TestProblem_WhichCodesAreRetried(t *testing.T) {
	retried := []string{"ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
	final := []string{"channel_not_found", "not_in_channel", "is_archived", "invalid_blocks", "invalid_auth", "token_revoked", "account_inactive",
		"missing_scope", "not_allowed_token_type", "no_permission", "some_code_of_tomorrow"}
	for want, codes := range map[bool][]string{true: retried, false: final} {
		for _, c := range codes {
			if got := activities.ProblemOf(problem(t.Context(), "m", slackapi.SlackErrorResponse{Err: c})).Retryable(); got != want {
				t.Errorf("%s: retryable %t, want %t", c, got, want)
			}
		}
	}
}

func TestProblem_Transport(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		kind  string
		delay time.Duration
	}{
		"limited":        {&slackapi.RateLimitedError{RetryAfter: 9 * time.Second}, activities.RateLimited, 9 * time.Second},
		"429 bare":       {slackapi.StatusCodeError{Code: 429}, activities.RateLimited, 0},
		"502":            {slackapi.StatusCodeError{Code: 502}, activities.Unavailable, 0},
		"302":            {slackapi.StatusCodeError{Code: 302}, activities.InvalidInput, 0},
		"401":            {slackapi.StatusCodeError{Code: http.StatusUnauthorized}, activities.Forbidden, 0},
		"not JSON":       {&json.SyntaxError{}, activities.Unavailable, 0},
		"network":        {errors.New("connection refused"), activities.Unavailable, 0},
		"wrapped":        {fmt.Errorf("x: %w", slackapi.StatusCodeError{Code: 500}), activities.Unavailable, 0},
		"missing scopes": {slackapi.SlackErrorResponse{Err: "missing_scope", Needed: "chat:write"}, activities.Forbidden, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := activities.ProblemOf(problem(t.Context(), "chat.update", c.err))
			if p.Type != c.kind || p.Delay != c.delay {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestProblem_MissingScope_NamesTheScope(t *testing.T) {
	p := activities.ProblemOf(problem(t.Context(), "m", slackapi.SlackErrorResponse{Err: "missing_scope", Needed: "groups:history"}))
	if !strings.Contains(p.Mend, "groups:history") {
		t.Fatalf("mend %q", p.Mend)
	}
}

func TestProblem_PeopleAndGroups(t *testing.T) {
	for code, want := range map[string]struct{ kind, mend string }{
		"user_not_found":         {activities.NotFound, ""},
		"users_not_found":        {activities.NotFound, ""},
		"user_not_visible":       {activities.NotFound, ""},
		"user_disabled":          {activities.NotFound, ""},
		"user_not_in_channel":    {activities.NotFound, "invite the person"},
		"no_such_subteam":        {activities.NotFound, "id of a user group"},
		"plan_upgrade_required":  {activities.Unsupported, "Slack user ids in the policy"},
		"messages_tab_disabled":  {activities.Forbidden, "Messages Tab"},
		"message_limit_exceeded": {activities.Unsupported, "upgrade"},
		"not_in_channel":         {activities.Forbidden, "/invite"},
		"is_archived":            {activities.Conflict, "unarchive"},
	} {
		p := activities.ProblemOf(problem(t.Context(), "m", slackapi.SlackErrorResponse{Err: code}))
		if p.Type != want.kind || !strings.Contains(p.Mend, want.mend) {
			t.Errorf("%s: %+v, want %s with %q", code, p, want.kind, want.mend)
		}
	}
}

func TestProblem_RefusedLayout_SaysWhereNotWhat(t *testing.T) {
	refused := slackapi.SlackErrorResponse{Err: "invalid_blocks", ResponseMetadata: slackapi.ResponseMetadata{
		Messages: []string{"[ERROR] Dana Reed must be less than 151 characters [json-pointer:/blocks/0/text/text]"}}}
	p := activities.ProblemOf(problem(t.Context(), "chat.update", refused))
	if !strings.Contains(p.Text, "/blocks/0/text/text") || strings.Contains(p.Text, "Dana") {
		t.Fatalf("text %q", p.Text)
	}
}

func TestProblem_CancelledStaysCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := problem(ctx, "m", errors.New("x")); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}

// TestTable_CodesExist holds the table against Slack's own list of codes, so that no row is a misspelling.
func TestTable_CodesExist(t *testing.T) {
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	known := map[string]bool{"ratelimited": true, "invalid_arguments": true}
	files, err := filepath.Glob(filepath.Join(dir, "slack", "methods", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no method files in %s: %v", dir, err)
	}
	for _, f := range files {
		for _, c := range codesIn(t, f) {
			known[c] = true
		}
	}
	for c := range refusals {
		if !known[c] {
			t.Errorf("%s is in no method's list of errors", c)
		}
	}
}

func codesIn(t *testing.T, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var method struct {
		Errors map[string]string `json:"errors"`
	}
	if err := json.Unmarshal(b, &method); err != nil {
		t.Fatal(err)
	}
	if method.Errors == nil && strings.HasPrefix(filepath.Base(file), "_") {
		if err := json.Unmarshal(b, &method.Errors); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for c := range method.Errors {
		out = append(out, c)
	}
	return out
}
