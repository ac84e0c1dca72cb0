package show

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// of is a case of joining, moving or leave with nothing done.
func of(process, phase, headline string) activities.CaseView {
	v := anybody()
	v.Case, v.Process, v.Phase, v.Headline, v.Reason = strings.ToLower(process)+"/E1042", process, phase, headline, ""
	v.Effective = after(9 * 24 * time.Hour)
	return v
}

func at(id plan.StepID, p plan.Phase, s plan.State, said string) activities.StepView {
	v := activities.StepView{ID: id, Phase: p, State: s, Detail: said, Title: "as the catalogue says", Owner: "IT"}
	if s.Proved() {
		v.ReadBack, v.Verified = said, after(3*time.Second)
	}
	return v
}

// onboard is a joiner who is prepared, of whom something is asked, and whose first day is to come.
func onboard() activities.CaseView {
	v := of("Onboard", "prepare", "Ready for the first day but for 2 steps that wait for a person")
	match := at("identity.match:E55", plan.Identify, plan.NeedsAttention, "the record shares its personal address with E55, who left on 2025-03-31")
	match.Title, match.Mend = "Is this E55?", "say done if they are one person, skip if they are two"
	v.Steps = []activities.StepView{match,
		at("okta.create", plan.Prepare, plan.Verified, "status STAGED, login robin@example.com"),
		at("okta.profile", plan.Prepare, plan.Verified, "9 attributes as they are to be"),
		at("okta.join", plan.Prepare, plan.Verified, "3 groups"),
		at("google.account", plan.Prepare, plan.Waiting, "Okta has not made it yet"),
		at("retriever.deploy", plan.Prepare, plan.Waiting, "ordered, 4711"),
		at("okta.open", plan.Begin, plan.Pending, ""),
		at("tell.manager", plan.Settle, plan.Pending, "")}
	v.WaitsFor = []string{"IT: Is this E55? (identity.match:E55)"}
	v.NextWake, v.NextWakeWhy = after(24*time.Hour), "daily check"
	v.Then, v.ThenWhy = after(9*24*time.Hour), "the first morning: the accounts are opened"
	return v
}

func TestCase_OfJoiningMovingAndLeave(t *testing.T) {
	move := of("Move", "overlap", "2 groups joined; 1 group is left after the overlap")
	move.Steps = []activities.StepView{at("okta.profile", plan.Adjust, plan.Verified, "department, title"), at("okta.join", plan.Adjust, plan.Verified, "dept-sales"),
		at("okta.quit", plan.Overlap, plan.Pending, "dept-ops")}
	move.Effective = opened
	move.NextWake, move.NextWakeWhy = after(14*24*time.Hour), "the overlap ends: dept-ops is left"
	leave := of("Leave", "away", "On leave; sign-in paused and verified")
	leave.Steps = []activities.StepView{at("okta.pause", plan.Pause, plan.Verified, "status SUSPENDED"), at("google.pause", plan.Pause, plan.Unverified, "1 session is alive"),
		at("okta.resume", plan.Resume, plan.Pending, "")}
	leave.WaitsFor = []string{"IT: as the catalogue says (google.pause)"}
	leave.Effective = opened
	again := onboard()
	rehire := at("identity.rehire", plan.Identify, plan.NeedsAttention, "offboard/E1042 ended their access, and HR has them active again")
	again.Steps = append([]activities.StepView{rehire}, again.Steps[1:]...)
	again.WaitsFor = []string{"IT: Hired again, to be let in (identity.rehire)"}
	for name, v := range map[string]activities.CaseView{"case_onboard": onboard(), "case_move": move, "case_leave": leave, "case_rehire": again} {
		t.Run(name, func(t *testing.T) { golden(t, name, Case(v)) })
	}
}

func TestFrame_OfAJoiner(t *testing.T) {
	for name, s := range map[string]Screen{"frame_onboard": {Width: 100, Height: 30}, "frame_onboard_short": {Width: 100, Height: 14}} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, strings.Join(Frame(onboard(), happened(2), after(90*time.Second), s), "\n"))
		})
	}
}
