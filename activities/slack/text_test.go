package slack

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tenure/activities"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"a & b <c>", 100, "a &amp; b &lt;c&gt;"},
		{"héllo", 5, "héllo"},
		{"héllo!", 5, "héll…"},
		{"&&", 6, "&amp;…"}, // never cut inside an escape
		{"&&", 10, "&amp;&amp;"},
		{"", 5, ""},
	} {
		if got := escape(c.in, c.most); got != c.want {
			t.Errorf("escape(%q, %d) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a<b>&c", 7)
	f.Fuzz(func(t *testing.T, in string, most int) {
		if most < 10 || most > 3000 {
			return
		}
		out := escape(in, most)
		if utf8.RuneCountInString(out) > most {
			t.Errorf("%d characters, at most %d", utf8.RuneCountInString(out), most)
		}
		if rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(out); strings.ContainsAny(rest, "&<>") {
			t.Errorf("escape(%q) = %q", in, out)
		}
	})
}

func TestLink_OnlyUsableAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://jira.example.com/browse/IT-1?a=1&b=2": "<https://jira.example.com/browse/IT-1?a=1&amp;b=2|IT-1>",
		"javascript:alert(1)":                          "IT-1",
		"https://x.example.com/a|b":                    "IT-1",
		"":                                             "IT-1",
	} {
		if got := link(address, "IT-1"); got != want {
			t.Errorf("link(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestPeople_MentionsSlackUsersOnly(t *testing.T) {
	for in, want := range map[string]string{
		"Approved by slack:U0S000001 (1 of 2)": "Approved by <@U0S000001> (1 of 2)",
		"slack:W012AB, slack:U034CD.":          "<@W012AB>, <@U034CD>.",
		"cli:jo, xslack:U0S000001, slack:u01":  "cli:jo, xslack:U0S000001, slack:u01",
		"&lt;!channel&gt; slack:U0S000001x":    "&lt;!channel&gt; slack:U0S000001x",
	} {
		if got := people(in); got != want || len(got) > len(in) {
			t.Errorf("people(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBatches(t *testing.T) {
	entry := func(seq int, kind activities.EntryKind, text string) activities.Entry {
		return activities.Entry{Seq: seq, Kind: kind, Text: text}
	}
	var many []activities.Entry
	for i := range 60 {
		many = append(many, entry(i+1, activities.EntrySuccess, "x"))
	}
	long := strings.Repeat("y", 2000)
	for name, c := range map[string]struct {
		in   []activities.Entry
		want []int // sizes
	}{
		"none":                {nil, nil},
		"a few, one each":     {many[:3], []int{1, 1, 1}},
		"many, together":      {many[:4], []int{4}},
		"very many":           {many, []int{25, 25, 10}},
		"long ones apart":     {[]activities.Entry{entry(1, "info", long), entry(2, "info", long), entry(3, "info", "x"), entry(4, "info", "x")}, []int{1, 3}},
		"the report is alone": {append(append([]activities.Entry{}, many[:5]...), entry(6, activities.EntryReport, "r"), entry(7, "info", "x")), []int{5, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			next := 1
			got := batches(c.in)
			if len(got) != len(c.want) {
				t.Fatalf("%d messages, want %v", len(got), c.want)
			}
			for i, b := range got {
				if len(b) != c.want[i] {
					t.Errorf("message %d holds %d entries, want %d", i, len(b), c.want[i])
				}
				for _, e := range b {
					if e.Seq != next {
						t.Errorf("entry %d where %d belongs", e.Seq, next)
					}
					next++
				}
			}
		})
	}
}

func TestPacer_HandsLongWaitsBackToTemporal(t *testing.T) {
	p := newPacer(time.Hour)
	for range burst {
		if err := p.wait(t.Context(), "C1"); err != nil {
			t.Fatal(err)
		}
	}
	err := p.wait(t.Context(), "C1")
	var problem *activities.Problem
	if !errors.As(err, &problem) || problem.Type != activities.RateLimited || problem.Delay <= 0 || problem.Delay > time.Hour {
		t.Fatalf("wait: %v", err)
	}
	if err := p.wait(t.Context(), "C2"); err != nil {
		t.Fatalf("another channel waits too: %v", err)
	}
}

func TestPacer_WaitEndsWithTheContext(t *testing.T) {
	p := newPacer(longestWait - time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	for range burst {
		if err := p.wait(ctx, "C1"); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := p.wait(ctx, "C1"); !errors.Is(err, context.Canceled) {
		t.Fatalf("wait: %v", err)
	}
}

func TestNew_BadSettings_AreNamedWithTheirMend(t *testing.T) {
	good := Config{BotToken: "xoxb-a"}
	for name, c := range map[string]struct {
		spoil func(*Config)
		says  string
	}{
		"no bot token":     {func(c *Config) { c.BotToken = "" }, "bot token is empty"},
		"user token":       {func(c *Config) { c.BotToken = "xoxp-secret" }, "xoxb-"},
		"no scheme":        {func(c *Config) { c.BaseURL = "slack.com" }, "slack base URL"},
		"plain http":       {func(c *Config) { c.BaseURL = "http://slack.example.com" }, "https://"},
		"with /api":        {func(c *Config) { c.BaseURL = "https://slack.com/api/" }, "ends in /api"},
		"unknown mode":     {func(c *Config) { c.Mode = "delete" }, "off, scim or enterprise"},
		"scim, no token":   {func(c *Config) { c.Mode = AccountSCIM }, "xoxp-"},
		"enterprise, bot":  {func(c *Config) { c.Mode, c.AdminToken = AccountEnterprise, "xoxb-secret" }, "xoxp-"},
		"bad SCIM address": {func(c *Config) { c.SCIMBaseURL = "ftp://x" }, "SCIM base URL"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.spoil(&cfg)
			_, err := New(cfg)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
				t.Fatalf("error %v, want one that says %q and holds no token", err, c.says)
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
}

func TestBases(t *testing.T) {
	for _, c := range []struct{ base, scim, wantWeb, wantSCIM string }{
		{"", "", "https://slack.com", "https://api.slack.com"},
		{"https://slack.com/", "", "https://slack.com", "https://api.slack.com"},
		{"http://127.0.0.1:9/slack/", "", "http://127.0.0.1:9/slack", "http://127.0.0.1:9/slack"},
		{"https://proxy.example.com/s", "https://proxy.example.com/scim", "https://proxy.example.com/s", "https://proxy.example.com/scim"},
	} {
		web, scim, err := Config{BaseURL: c.base, SCIMBaseURL: c.scim}.bases()
		if err != nil || web != c.wantWeb || scim != c.wantSCIM {
			t.Errorf("%q, %q: %q, %q, %v", c.base, c.scim, web, scim, err)
		}
	}
}
