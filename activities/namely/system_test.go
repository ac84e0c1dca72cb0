package namely

import (
	"context"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestParseDomain(t *testing.T) {
	cases := map[string]string{
		"acme":                                "https://acme.namely.com/api/v1",
		" Acme ":                              "https://acme.namely.com/api/v1",
		"acme-sandbox":                        "https://acme-sandbox.namely.com/api/v1",
		"acme.namely.com":                     "https://acme.namely.com/api/v1",
		"acme.namely.com/":                    "https://acme.namely.com/api/v1",
		"https://acme.namely.com":             "https://acme.namely.com/api/v1",
		"https://acme.namely.com/":            "https://acme.namely.com/api/v1",
		"https://acme.namely.com/api/v1/":     "https://acme.namely.com/api/v1",
		"http://127.0.0.1:8080":               "http://127.0.0.1:8080/api/v1",
		"http://localhost:8080/namely":        "http://localhost:8080/namely/api/v1",
		"http://localhost:8080/namely/api/v1": "http://localhost:8080/namely/api/v1",
		"https://stand-in.example.com":        "https://stand-in.example.com/api/v1",
	}
	for raw, want := range cases {
		if got, err := ParseDomain(raw); err != nil || got != want {
			t.Errorf("ParseDomain(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestParseDomain_Bad_NamesTheSettingAndTheMend(t *testing.T) {
	for raw, word := range map[string]string{
		"":                                 "acme",
		"acme/people":                      "acme",
		"acme.example.com":                 "acme",
		"my company":                       "acme",
		"http://acme.namely.com":           "https://",
		"https://acme.namely.com/people/1": "without",
		"https://jo:pw@example.com":        "user",
	} {
		got, err := ParseDomain(raw)
		if err == nil {
			t.Errorf("ParseDomain(%q) = %q", raw, got)
			continue
		}
		if !contains(err.Error(), "namely domain") || !contains(err.Error(), word) || contains(err.Error(), "pw") {
			t.Errorf("ParseDomain(%q): %v", raw, err)
		}
	}
}

type noDirectory struct{}

func (noDirectory) Apply(context.Context, employee.Scan) (employee.ScanSummary, error) {
	return employee.ScanSummary{}, nil
}

func (noDirectory) Fail(context.Context, time.Time, int, employee.PollOutcome, employee.Distrust) error {
	return nil
}

func TestNew_BadSettings(t *testing.T) {
	good := Config{Domain: "acme", Token: "secret-word"}
	cases := map[string]struct {
		spoil func(*Config)
		dir   Directory
		word  string
	}{
		"domain":     {func(c *Config) { c.Domain = "?" }, noDirectory{}, "namely domain"},
		"no token":   {func(c *Config) { c.Token = " " }, noDirectory{}, "namely token is empty"},
		"two tokens": {func(c *Config) { c.Token = "secret-word secret-word" }, noDirectory{}, "one word"},
		"negative":   {func(c *Config) { c.PerMinute = -1 }, noDirectory{}, "per minute"},
		"no store":   {func(*Config) {}, nil, "directory"},
	}
	for name, c := range cases {
		cfg := good
		c.spoil(&cfg)
		_, err := New(cfg, c.dir)
		if err == nil || !contains(err.Error(), c.word) || contains(err.Error(), "secret-word") {
			t.Errorf("%s: %v", name, err)
		}
	}
	good.Token = "secret-word\n"
	if _, err := New(good, noDirectory{}); err != nil {
		t.Errorf("a token with the newline of its file: %v", err)
	}
}
