package show

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/plan"
)

func lines(changes []Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Line())
	}
	return strings.Join(all, "\n")
}

// Of a case that was not seen before, everything that has happened is told.
func TestChanges_FromNothing_TellTheCaseSoFar(t *testing.T) {
	golden(t, "changes_from_nothing", lines(Changes(activities.CaseView{}, underway(), after(2*time.Minute))))
}

func TestChanges_TellEachOnce(t *testing.T) {
	was := underway()
	require.Empty(t, Changes(was, was, opened), "nothing changed")
	is := underway()
	is.Phase, is.Headline = "hand_over", "Contained and verified in 3 s"
	is.Steps[3].State, is.Steps[3].ReadBack, is.Steps[3].Verified = plan.Verified, "0 grants", after(3*time.Second)
	is.Steps[6].Detail = "the computer has taken the command"
	is.Steps = append(is.Steps, activities.StepView{ID: "google.delegate", Phase: plan.HandOver, State: plan.Pending})
	is.Returns[0].Milestone, is.Returns[0].LastSeen, is.Returns[0].Updated = activities.BoxShipped, "ALBANY NY US", after(time.Minute)
	is.Approvals = &activities.Approvals{Needed: 2, By: []string{"cli:jo"}, Why: "a protected person", Nonce: "1f2e"}
	is.OnHold, is.HoldWhy = true, "legal asks"
	golden(t, "changes", lines(Changes(was, is, after(2*time.Minute))))

	closed := is
	closed.Approvals, closed.OnHold = nil, false
	closed.Phase, closed.Headline, closed.Closed, closed.Outcome, closed.ClosedAt = "closed", "Closed: completed", true, "completed", after(time.Hour)
	golden(t, "changes_closed", lines(Changes(is, closed, after(2*time.Hour))))
	require.Empty(t, Changes(closed, closed, opened))
}

func TestChange_IsOneLineWhateverItSays(t *testing.T) {
	for _, kind := range []ChangeKind{ChangePhase, ChangeStep, ChangeDevice, ChangeApproval, ChangeHold, ChangeHeadline, ChangeClosed, ChangeNotice} {
		line := Change{At: opened, Kind: kind, Step: "okta.suspend", Device: "C02XY", To: "x", Text: "one\ntwo\x1b[2J"}.Line()
		require.NotContains(t, line, "\n", kind)
		require.NotContains(t, line, "\x1b", kind)
		require.Contains(t, line, "one two", kind)
	}
}
