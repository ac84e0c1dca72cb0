package workflows_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/simulators/world"
	"tenure/workflows"
)

// scene is one process about one person, and what must be so when it has ended.
type scene struct {
	process workflows.Process
	who     employee.Employee
	// cues are what happens on the way, counted from the beginning of the play.
	cues func(since time.Duration)
	want func()
}

// roleScenes are a joiner, a mover and a leave of absence.
var roleScenes = map[string]func(*stage) scene{
	"join": func(s *stage) scene {
		who := s.hire(newcomer(firstDay))
		return scene{workflows.ProcessOnboard, who, func(time.Duration) {}, func() {
			s.Helper()
			if u := s.account(who.Email); u.Status != oktasim.Provisioned || u.Profile.Title != "Software Engineer" || u.ActivationMails != 1 {
				s.Errorf("account %s, %q, %d activation mails", u.Status, u.Profile.Title, u.ActivationMails)
			}
			s.inGroup(who.Email, "vpn-users", true)
			s.inGroup(who.Email, "on-call", true)
			same := 0
			for _, p := range s.world.Okta.Snapshot() {
				if p.EmployeeNumber == string(who.ID) {
					same++
				}
			}
			if g, ok := s.world.Google.User(who.Email); same != 1 || !ok || g.Suspended {
				s.Errorf("%d Okta accounts; Google there %v, %s", same, ok, g.State())
			}
		}}
	},
	"move": func(s *stage) scene {
		p := s.worker("Engineering")
		s.joined(p.Email, "on-call")
		s.joined(p.Email, "managers")
		s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.Department, p.JobTitle = "Sales", "Account Executive" })
		s.scan()
		return scene{workflows.ProcessMove, s.recordOf(p.ProfileID), func(time.Duration) {}, func() {
			s.Helper()
			s.inGroup(p.Email, "on-call", false)
			s.inGroup(p.Email, "managers", true)
			s.inGroup(p.Email, "vpn-users", true)
			if u := s.account(p.Email); u.Profile.Department != "Sales" || u.Status != oktasim.Active {
				s.Errorf("%s in %s", u.Status, u.Profile.Department)
			}
		}}
	},
	"leave": func(s *stage) scene {
		p := s.worker("Engineering")
		s.world.Namely.Edit(p.ProfileID, onLeave)
		s.scan()
		return scene{workflows.ProcessLeave, s.recordOf(p.ProfileID), func(since time.Duration) {
			if back := 10*day + time.Hour; since < back {
				s.edits(back-since, employee.Changed, p.ProfileID, backAgain)
			}
		}, func() {
			s.Helper()
			if u := s.account(p.Email); u.Status != oktasim.Active {
				s.Errorf("back from leave the account is %s", u.Status)
			}
		}}
	},
}

func (s *stage) perform(sc scene) activities.CaseView {
	sc.cues(0)
	return s.run(sc.process, sc.who)
}

// A worker that dies and an answer that is lost look alike to the next attempt.
func TestRoles_AnswerLostAtAnyCall_EndTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("plays each scene twice for every call that changes something")
	}
	t.Parallel()
	for name, set := range roleScenes {
		for _, b := range roleBoundaries(t, set) {
			for _, drop := range []kit.Drop{kit.DropAfter, kit.DropBefore} {
				t.Run(name+" "+string(drop)+" "+b.system+" "+b.method+" "+strings.Trim(b.path, "/"), func(t *testing.T) {
					t.Parallel()
					s := newRoles(t)
					sc := set(s)
					s.world.Kits()[b.system].Inject(kit.Fault{Method: b.method, Path: b.path, Times: 1, Drop: drop})
					s.ended(s.perform(sc), "completed")
					sc.want()
					s.lostOne(b)
				})
			}
		}
	}
}

// roleBoundaries lists every route that a scene changes something by.
func roleBoundaries(t *testing.T, set func(*stage) scene) []boundary {
	t.Helper()
	s := newRoles(t)
	sc := set(s)
	before := map[string]int{}
	for _, system := range world.Vendors() {
		before[system] = len(s.world.Kits()[system].Calls())
	}
	s.perform(sc)
	sc.want()
	var out []boundary
	for _, system := range []string{"okta", "google"} {
		for _, c := range s.world.Kits()[system].Calls()[before[system]:] {
			b := boundary{system, c.Method, c.Path, false}
			if c.Method != http.MethodGet && !harmless(c) && !slices.Contains(out, b) {
				out = append(out, b)
			}
		}
	}
	return out
}

// A run can end between any two steps and go on from its state.
func TestRoles_ContinuedAsNewOnTheWay_EndTheSame(t *testing.T) {
	t.Parallel()
	for name, set := range roleScenes {
		for _, at := range [][]time.Duration{{time.Hour}, {3 * day, 9 * day}, {7*day + 2*time.Hour, 10*day + 2*time.Hour}} {
			t.Run(name+" "+at[0].String(), func(t *testing.T) {
				t.Parallel()
				s := newRoles(t)
				sc := set(s)
				runs := s.continued(sc, at...)
				sc.want()
				if name == "join" && runs < 2 {
					t.Errorf("%d runs: it was not continued", runs)
				}
			})
		}
	}
}

// continued plays a scene whose history is called long at each moment.
func (s *stage) continued(sc scene, moments ...time.Duration) (runs int) {
	s.Helper()
	id := workflows.ID{Process: sc.process, Employee: sc.who.ID}.String()
	in := workflows.RoleInput{Request: workflows.RoleRequest{Employee: sc.who.ID, ProfileID: sc.who.ProfileID, Actor: "namely:watch", Detected: opening}}
	for i := 0; ; i++ {
		since := s.env.Now().Sub(opening)
		sc.cues(since)
		if i < len(moments) && moments[i] > since {
			s.after(moments[i]-since, func() { s.env.SetContinueAsNewSuggested(true) })
		}
		s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: activities.QueueLifecycle, WorkflowRunTimeout: 100 * day})
		s.env.ExecuteWorkflow(string(sc.process), in)
		var next *workflow.ContinueAsNewError
		err := s.env.GetWorkflowError()
		if !errors.As(err, &next) {
			s.must(err)
			return i + 1
		}
		s.must(converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
		now := s.env.Now()
		s.light()
		s.env.SetStartTime(now)
		s.register()
		s.enroll()
	}
}
