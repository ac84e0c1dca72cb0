package show

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/activities"
)

func checked(system, check string, s activities.Severity, text string) activities.Finding {
	f := activities.Finding{System: system, Check: system + "." + check, Severity: s, Text: text}
	if s != activities.FindingOK {
		f.Why, f.Mend = "it matters", "do something about it"
	}
	return f
}

func anyCheckup(accepted ...string) Checkup {
	long := checked("google", "org-unit", activities.FindingWarning, "Gmail serves no mailbox in /Leavers")
	long.Why = "a leaver who is moved there loses the mailbox on the same day, and the heir with it: mail bounces, and whoever wrote it learns of it later than anybody else"
	long.Mend = "in the admin console open Apps, Google Workspace, Gmail, and turn the service on, see https://support.example.com/" + strings.Repeat("long", 30)
	return NewCheckup([]activities.Finding{
		long,
		checked("google", "let-in", activities.FindingOK, "Google takes the service account's key"),
		checked("okta", "role", activities.FindingFailure, "the token's owner has no administrator role\x1b[31m"),
		checked("okta", "google-push", activities.FindingWarning, "the application deactivates Google accounts"),
		checked("okta", "let-in", activities.FindingOK, "Okta lets us in"),
	}, "sha256:0000", accepted)
}

func TestDoctor(t *testing.T) {
	golden(t, "doctor", Doctor(anyCheckup()))
	golden(t, "doctor_accepted", Doctor(anyCheckup("okta.google-push", "okta.role")))
	golden(t, "doctor_healthy", Doctor(NewCheckup([]activities.Finding{checked("okta", "let-in", activities.FindingOK, "Okta lets us in")}, "", nil)))
}

func TestCheckup_FailuresCannotBeAccepted(t *testing.T) {
	c := anyCheckup("okta.google-push", "okta.role")
	require.Equal(t, []int{2, 1, 1, 1}, []int{c.OK, c.Warnings, c.Failures, c.Accepted})
	require.Equal(t, "5 checks: 2 ok, 1 warning, 1 failure, 1 accepted.", c.Sum())
}
