package workflows_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/simulators/company"
	googlesim "tenure/simulators/google"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

// mapped gives the company a mapping: what the simulated Okta does not give by rules of its own.
func mapped(s *stage) {
	p, err := policy.Parse("mapped.yaml", []byte(`
version: 1
company: {name: Example Company, domain: example.com}
apps: {unlisted: {method: automatic}}
time_zones:
  default: America/New_York
  offices: {New York: America/New_York, Berlin: Europe/Berlin, Seoul: Asia/Seoul}
feed: {leave: {field: leave_status, values: [On leave]}}
mapping:
  fields:
    cost_center: {field: cost_center, type: text}
  login: {make: ['plain(hr.first_name) + "." + plain(hr.last_name)']}
  attributes:
    - {name: firstName, value: hr.first_name, required: true}
    - {name: lastName, value: hr.last_name, required: true}
    - {name: employeeNumber, value: hr.id}
    - {name: department, value: hr.department}
    - {name: title, value: hr.title}
    - {name: costCenter, value: hr.custom.cost_center}
    - {name: userType, value: 'hr.external ? "Contractor" : "Employee"'}
    - {name: manager, value: manager.email}
    - {name: managerId, value: manager.id}
  groups:
    - {name: vpn-users, when: '!hr.external'}
    - {name: on-call, when: 'hr.department == "Engineering"', overlap: 5d}
    - {name: managers, when: 'hr.title.contains("Manager") || hr.title.startsWith("Head of")'}
onboard: {prepare: 7d, at: "07:00", google: direct, rehire: ask}
move: {show: changes}
leave: {google: sign_out}
`))
	s.must(err)
	base := s.policy
	base.Mapping, base.Onboard, base.Move, base.Leave, base.Feed, base.TimeZones = p.Mapping, p.Onboard, p.Move, p.Leave, p.Feed, p.TimeZones
	s.policy = base
}

// newRoles is a stage for joining, moving and leave.
func newRoles(t *testing.T, shape ...func(*stage)) *stage {
	t.Helper()
	s := newStage(t, append([]func(*stage){mapped}, shape...)...)
	s.enroll()
	return s
}

// enroll registers the processes of joining, moving and leave.
func (s *stage) enroll() {
	for name, f := range map[workflows.Process]any{workflows.ProcessOnboard: workflows.Onboard, workflows.ProcessMove: workflows.Move, workflows.ProcessLeave: workflows.Leave} {
		s.env.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: string(name)})
	}
	s.env.RegisterActivityWithOptions(func(context.Context, activities.StandingOf) (activities.Standing, error) {
		return activities.Standing{Leaving: s.leaving != nil && s.leaving()}, nil
	}, activity.RegisterOptions{Name: activities.AskStanding.Name})
}

// alone says that nobody is offboarded on this stage, so there is no such case to tell.
func (s *stage) alone() {
	offboarding := mock.MatchedBy(func(id string) bool { return strings.HasPrefix(id, "offboard/") })
	s.env.OnSignalExternalWorkflow(mock.Anything, offboarding, mock.Anything, mock.Anything, mock.Anything).Return(
		func(_, id, _, _ string, _ any) error {
			s.heard = append(s.heard, id)
			if s.leaving == nil {
				return errors.New("there is no such case")
			}
			return nil
		}).Maybe()
}

// hire adds a record to the HR system, as HR does, and reads it.
func (s *stage) hire(p namelysim.Profile) employee.Employee {
	s.Helper()
	kept := s.world.Namely.AddProfile(p)
	s.scan()
	return s.recordOf(kept.ID)
}

func (s *stage) recordOf(profile string) employee.Employee {
	s.Helper()
	e, err := s.store.PersonByProfile(s.Context(), profile)
	s.must(err)
	return e
}

// newcomer is somebody who starts on a day.
func newcomer(start string) namelysim.Profile {
	return namelysim.Profile{Email: "ada.newcomer@example.com", FirstName: "Ada", LastName: "Newcomer", Status: "pending", EmployeeID: "E9001",
		JobTitle: "Software Engineer", Department: "Engineering", Office: "New York", EmployeeType: "Full Time", Start: start, Personal: "ada@example.org"}
}

// run plays a process about somebody to its end.
func (s *stage) run(process workflows.Process, who employee.Employee) activities.CaseView {
	s.Helper()
	return s.runRequest(process, workflows.RoleRequest{Employee: who.ID, ProfileID: who.ProfileID, Actor: "namely:watch", Reason: "HR changed the record", Detected: opening})
}

func (s *stage) runRequest(process workflows.Process, r workflows.RoleRequest) activities.CaseView {
	s.Helper()
	s.alone()
	id := workflows.ID{Process: process, Employee: r.Employee}.String()
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: activities.QueueLifecycle, WorkflowRunTimeout: 100 * day})
	s.env.ExecuteWorkflow(string(process), workflows.RoleInput{Request: r})
	if !s.env.IsWorkflowCompleted() {
		s.Fatal("the case did not end")
	}
	if err := s.env.GetWorkflowError(); err != nil {
		if found, query := s.env.QueryWorkflow(workflows.Status.Name); query == nil {
			var v activities.CaseView
			s.must(found.Get(&v))
			s.ended(v, "completed")
		}
		s.Fatal(err)
	}
	var out workflows.RoleResult
	s.must(s.env.GetWorkflowResult(&out))
	return out.View
}

// edits has HR change a record when so much time has passed, and tells the case.
func (s *stage) edits(at time.Duration, kind employee.EventKind, profile string, f func(*namelysim.Profile)) {
	s.after(at, func() {
		s.world.Namely.Edit(profile, f)
		s.scan()
		s.env.SignalWorkflow(workflows.EmployeeChanged.Name, workflows.EmployeeChange{Event: employee.Event{Kind: kind, Employee: s.recordOf(profile).ID, Detected: s.env.Now()}})
	})
}

// account is somebody's Okta account; an empty one for none.
func (s *stage) account(login string) oktasim.User {
	u, _ := s.world.Okta.User(login)
	return u
}

// groupsOf lists the names of somebody's groups.
func (s *stage) groupsOf(login string) []string { return s.world.Okta.UserGroups(login) }

func (s *stage) inGroup(login, group string, want bool) {
	s.Helper()
	if got := slices.Contains(s.groupsOf(login), group); got != want {
		s.Errorf("%s in %s: %v, want %v (%v)", login, group, got, want, s.groupsOf(login))
	}
}

// ended checks how a case ended.
func (s *stage) ended(v activities.CaseView, outcome string) {
	s.Helper()
	if v.Outcome != outcome {
		s.Errorf("the case ended as %q, want %q", v.Outcome, outcome)
	}
	for _, st := range v.Steps {
		s.Logf("  %-28s %-16s %s | %s", st.ID, st.State, st.Detail, st.ReadBack)
	}
}

// stood checks the state of a step.
func (s *stage) stood(v activities.CaseView, id plan.StepID, state plan.State) {
	s.Helper()
	if got := step(v, id).State; got != state {
		s.Errorf("%s is %s, want %s", id, got, state)
	}
}

// worker is a full-time employee of a department who manages nobody.
func (s *stage) worker(department string) company.Person {
	s.Helper()
	for _, p := range s.config.People {
		manages := slices.ContainsFunc(s.config.People, func(q company.Person) bool { return q.Manager == p.ProfileID })
		if p.Department == department && !strings.Contains(p.Title, "Manager") && !strings.Contains(p.Title, "Head") && p.Status == "active" && !manages && p.WorkerType == "Full Time" && p.Number != "" {
			return p
		}
	}
	s.Fatalf("nobody in %s", department)
	return company.Person{}
}

// gone makes somebody a leaver of long ago: inactive in HR, deactivated in Okta with their groups, suspended in Google.
func (s *stage) gone(p company.Person) company.Person {
	s.Helper()
	s.joined(p.Email, "on-call")
	s.world.Okta.SetStatus(p.Email, oktasim.Deprovisioned)
	s.world.Google.Change(p.Email, func(u *googlesim.User) { u.Suspended = true })
	s.world.Namely.SetStatus(p.ProfileID, "inactive")
	s.scan()
	return p
}

// joined puts somebody into a group by hand.
func (s *stage) joined(login, group string) {
	s.Helper()
	g, ok := s.world.Okta.GroupNamed(group)
	if !ok {
		s.Fatalf("no group %s", group)
	}
	s.must(s.world.Okta.Join(g.ID, s.account(login).ID))
}

// settled brings somebody to their role first, so that what follows is only what changes.
func (s *stage) settled(who employee.Employee) {
	s.Helper()
	s.run(workflows.ProcessMove, who)
}

// again makes room for another run on the same stage.
func (s *stage) again() {
	s.light()
	s.register()
	s.enroll()
}
