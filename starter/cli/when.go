package cli

import (
	"regexp"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// momentForm is the form of a moment, as far as it can be told without the policy.
var momentForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?)?$`)

// when reads --at: what is asked for, and how it is shown to whoever is asked back. A day, or an hour of a day, is meant
// where the person is, which takes the policy and the whole record to know: a machine that has not got both looks at
// the form alone, and the worker reads it.
func (c *connection) when(text string, person employee.Employee, now time.Time) (ask, shown string, err error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, "now") {
		return "", "now", nil
	}
	if c.store == nil || c.env(EnvPolicy) == "" {
		if !momentForm.MatchString(text) {
			return "", "", failf(ExitUsage, "--at %q is not a moment: %s", text, plan.MomentShape)
		}
		return text, text + " (where the person is)", nil
	}
	p, err := c.policy()
	if err != nil {
		return "", "", err
	}
	at, err := plan.ParseMoment(p, person, text, now)
	if err != nil {
		return "", "", failf(ExitUsage, "--at: %w", err)
	}
	instant := at.Format(time.RFC3339)
	return instant, instant, nil
}
