package jira_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

const step = plan.StepID("okta.factors")

func TestTask_StepThatAsks_GetsOneSubtaskWithItsRunbook(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(asking(view(1)))
		for range 3 {
			in.Ref = w.mirror(in)
			in.View.Version++
		}
		parent := w.issue(in.Ref.Key)
		if len(parent.Subtasks) != 1 || in.Ref.Tasks[step] != parent.Subtasks[0] {
			w.Fatalf("sub-tasks %v, ref %v", parent.Subtasks, in.Ref.Tasks)
		}
		child := w.issue(parent.Subtasks[0])
		if child.Summary != "[okta.factors] Okta factors reset" || child.DueDate != "2026-11-03" || child.Priority != "High" {
			w.Errorf("sub-task is %q, due %s, %s", child.Summary, child.DueDate, child.Priority)
		}
		for _, want := range []string{"give the service app the scope", "||Owner|IT|", "{{okta.factors}}"} {
			if !strings.Contains(child.Description, want) {
				w.Errorf("%q is not in the sub-task:\n%s", want, child.Description)
			}
		}
		if parent.DueDate != "2026-11-03" {
			w.Errorf("the ticket is due %q", parent.DueDate)
		}
	})
}

func TestTask_LostCreate_IsFoundThroughItsParent(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{IndexDelay: time.Hour}) // search would not help
	in := input(view(1))
	in.Ref = w.mirror(in)
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	in.View = asking(view(2))
	ref := w.mirrorInWorkflow(in)
	if got := w.issue(ref.Key).Subtasks; len(got) != 1 || ref.Tasks[step] != got[0] {
		t.Errorf("sub-tasks %v, ref %v", got, ref.Tasks)
	}
	if w.waited != 0 {
		t.Errorf("waited %s for an index that is not needed", w.waited)
	}
}

func TestTask_StepEnded_IsDoneAndSaysHow(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(asking(view(1)))
		in.Ref = w.mirror(in)
		in.View = ended(view(2))
		for range 3 {
			in.Ref = w.mirror(in)
			in.View.Version++
		}
		child := w.issue(in.Ref.Tasks[step])
		if child.Status.Category != "done" || child.Resolution != "Done" {
			w.Errorf("sub-task is %s, %s", child.Status.Name, child.Resolution)
		}
		w.wantComments(child.Key, "The step ended: *verified*")
		if w.issue(in.Ref.Key).DueDate != "" {
			w.Error("the ticket is still due although nobody is asked")
		}
	})
}

func TestTask_ClosedByAPerson_StaysClosedAndSaysHowItEnded(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	in := input(asking(view(1)))
	in.Ref = w.mirror(in)
	if err := w.sim.Transition(in.Ref.Tasks[step], "Done", "operator"); err != nil {
		t.Fatal(err)
	}
	in.View.Version, in.View.Headline = 2, "Something else moved"
	in.Ref = w.mirror(in)
	if child := w.issue(in.Ref.Tasks[step]); child.Status.Category != "done" || len(child.Comments) != 0 {
		t.Fatalf("the person's word was overruled: %s, %v", child.Status.Name, bodies(child.Comments))
	}
	in.View = ended(view(3))
	w.mirror(in)
	w.wantComments(in.Ref.Tasks[step], "The step ended: *verified*")
}

func TestTask_ReadBackDisagreesWithAPerson_IsOpenedAgain(t *testing.T) {
	flavours(t, func(w *world) {
		in := input(asking(view(1)))
		in.Ref = w.mirror(in)
		if err := w.sim.Transition(in.Ref.Tasks[step], "Done", "operator"); err != nil {
			w.Fatal(err)
		}
		in.View = asking(view(2))
		s := &in.View.Steps[1]
		s.State, s.ReadBack, s.Executed = plan.Unverified, "2 factors", began.Add(2*time.Hour)
		for range 2 {
			in.Ref = w.mirror(in)
			in.View.Version++
		}
		child := w.issue(in.Ref.Tasks[step])
		if child.Status.Category == "done" {
			w.Error("the sub-task is still done")
		}
		w.wantComments(child.Key, "A person is needed again: *unverified*")
		if !strings.Contains(child.Description, "2 factors") {
			w.Errorf("the description is the old one:\n%s", child.Description)
		}
	})
}

func TestTask_AskedAgainAfterItEnded_IsOpenedAgain(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	in := input(asking(view(1)))
	in.Ref = w.mirror(in)
	in.View = ended(view(2))
	in.Ref = w.mirror(in)
	in.View = asking(view(3)) // the residual-access watch found it open again
	in.View.Steps[1].Due = began.Add(30 * 24 * time.Hour)
	in.Ref = w.mirror(in)
	if got := w.issue(in.Ref.Key).Subtasks; len(got) != 1 {
		t.Errorf("sub-tasks %v", got)
	}
	w.wantComments(in.Ref.Tasks[step], "The step ended", "A person is needed again")
	in.View = ended(view(4))
	in.Ref = w.mirror(in)
	child := w.issue(in.Ref.Tasks[step])
	if child.Status.Category != "done" {
		t.Errorf("the sub-task is %s", child.Status.Name)
	}
	w.wantComments(child.Key, "The step ended", "A person is needed again", "The step ended")
}

func TestTask_Assignee_IsNamedAsTheFlavourDoes(t *testing.T) {
	flavours(t, func(w *world) {
		who := w.sim.AddUser(jirasim.User{Name: "desk", AccountID: "712020:desk"})
		cfg := w.config()
		cfg.TaskAssignee = who.Name
		if w.sim.Flavour == jirasim.Cloud {
			cfg.TaskAssignee = who.AccountID
		}
		w.start(cfg)
		ref := w.mirror(input(asking(view(1))))
		if got := w.issue(ref.Tasks[step]).Assignee; got != who.AccountID {
			w.Errorf("assigned to %q", got)
		}
	})
}

func TestTask_UnknownAssignee_IsDoneWithout(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	cfg := w.config()
	cfg.TaskAssignee = "712020:gone"
	w.start(cfg)
	ref := w.mirror(input(asking(view(1))))
	if got := w.issue(ref.Tasks[step]).Assignee; got != "" {
		t.Errorf("assigned to %q", got)
	}
}

func TestReadTask_SaysWhatAPersonDid(t *testing.T) {
	flavours(t, func(w *world) {
		ref := w.mirror(input(asking(view(1))))
		before, err := w.system.ReadTask(w.Context(), ref.Tasks[step])
		if err != nil || before.Done || before.Status != "To Do" {
			w.Fatalf("%+v, %v", before, err)
		}
		if err := w.sim.Transition(ref.Tasks[step], "Done", "operator"); err != nil {
			w.Fatal(err)
		}
		after, err := w.system.ReadTask(w.Context(), ref.Tasks[step])
		if err != nil || !after.Done || after.Resolution != "Done" {
			w.Errorf("%+v, %v", after, err)
		}
		_, err = w.system.ReadTask(w.Context(), "ITOFF-99")
		if p := activities.ProblemOf(err); p.Type != activities.NotFound {
			w.Errorf("a missing ticket is %v", err)
		}
	})
}

func closedView(outcome string) activities.CaseView {
	v := ended(view(9))
	v.Closed, v.Outcome, v.ClosedAt, v.WorkflowURL = true, outcome, began.Add(60*24*time.Hour), "https://temporal.example.com/wf"
	return v
}

func TestClose_MovesTheTicketToDoneWithTheRightWords(t *testing.T) {
	for outcome, want := range map[string]struct{ words, resolution string }{
		"completed": {"The case is *completed*", "Done"},
		"rescinded": {"The case was *rescinded*", "Won't Do"},
		"denied":    {"The case was *denied*", "Won't Do"},
	} {
		t.Run(outcome, func(t *testing.T) {
			flavours(t, func(w *world) {
				in := input(view(1))
				in.Ref = w.mirror(in)
				in.View = closedView(outcome)
				for range 2 {
					in.Ref = w.mirror(in)
				}
				i := w.issue(in.Ref.Key)
				if i.Status.Category != "done" || i.Resolution != want.resolution {
					w.Errorf("ticket is %s, %s", i.Status.Name, i.Resolution)
				}
				w.wantComments(in.Ref.Key, want.words)
				if !strings.Contains(string(i.Links[0].Body), `"resolved":true`) {
					w.Errorf("the link is %s", i.Links[0].Body)
				}
			})
		})
	}
}

func TestClose_EndsTasksNobodyNeeds_AndKeepsThoseThatAreStillAsked(t *testing.T) {
	flow := jirasim.DefaultWorkflow()
	flow.Transitions[2].NeedsChildrenDone = true
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.AddProject(jirasim.Project{Key: "ITOFF", Workflow: flow})
	v := asking(view(1))
	second := v.Steps[1]
	second.ID, second.Title = "jamf.lock:C02XY", "Mac C02XY locked"
	v.Steps = append(v.Steps, second)
	in := input(v)
	in.Ref = w.mirror(in)
	in.View.Version, in.View.Closed, in.View.Outcome = 2, true, "rescinded"
	in.View.Steps[1].State = plan.Pending
	in.Ref = w.mirror(in)
	if child := w.issue(in.Ref.Tasks[step]); child.Status.Category != "done" {
		t.Errorf("a task nobody needs is %s", child.Status.Name)
	}
	w.wantComments(in.Ref.Tasks[step], "No longer needed")
	if child := w.issue(in.Ref.Tasks["jamf.lock:C02XY"]); child.Status.Category == "done" {
		t.Error("a task that is still asked was closed")
	}
	w.wantComments(in.Ref.Key, "Sub-tasks still open: "+in.Ref.Tasks["jamf.lock:C02XY"])
	if w.issue(in.Ref.Key).Status.Category == "done" {
		t.Error("the ticket was closed against the project's rule")
	}
}

func TestClose_ObeysEveryKindOfScreen(t *testing.T) {
	for _, screen := range []jirasim.Screen{jirasim.NoScreen, jirasim.ResolutionRequired, jirasim.ResolutionUnlisted, jirasim.ResolutionRefused} {
		t.Run("screen "+string(screen), func(t *testing.T) {
			w := newWorld(t, &jirasim.Simulator{})
			flow := jirasim.DefaultWorkflow()
			flow.Transitions[2].Screen = screen
			w.sim.AddProject(jirasim.Project{Key: "ITOFF", Workflow: flow})
			ref := w.mirror(input(closedView("completed")))
			if i := w.issue(ref.Key); i.Status.Category != "done" {
				t.Errorf("ticket is %s", i.Status.Name)
			}
		})
	}
}

func TestClose_PrefersTheStatusThatSaysWhy(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	flow := jirasim.DefaultWorkflow()
	flow.Statuses = append(flow.Statuses, jirasim.Status{ID: "10005", Name: "Cancelled", Category: "done"})
	flow.Transitions = append(flow.Transitions, jirasim.Way{ID: "41", Name: "Cancel", To: "Cancelled"})
	w.sim.AddProject(jirasim.Project{Key: "ITOFF", Workflow: flow})
	ref := w.mirror(input(closedView("rescinded")))
	if i := w.issue(ref.Key); i.Status.Name != "Cancelled" {
		t.Errorf("ticket is %s", i.Status.Name)
	}
}

func TestMove_Conflict_IsTriedOnceMoreFromWhereTheIssueIs(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue/*/transitions", Times: 1, Status: 409})
	ref := w.mirror(input(closedView("completed")))
	if i := w.issue(ref.Key); i.Status.Category != "done" {
		t.Errorf("ticket is %s", i.Status.Name)
	}
}

func TestMove_AnsweredWithoutEffect_IsNotBelieved(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue/*/transitions", Status: 204})
	if _, err := w.try(input(closedView("completed"))); err == nil || !strings.Contains(err.Error(), "its status is still") {
		t.Errorf("error is %v", err)
	}
}

func TestTask_OpenedByAPersonAfterItEnded_StaysOpen(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	in := input(asking(view(1)))
	in.Ref = w.mirror(in)
	in.View = ended(view(2))
	in.Ref = w.mirror(in)
	if err := w.sim.Transition(in.Ref.Tasks[step], "In Progress", "operator"); err != nil {
		t.Fatal(err)
	}
	in.View.Version, in.View.Headline = 3, "Something else moved"
	in.Ref = w.mirror(in)
	if child := w.issue(in.Ref.Tasks[step]); child.Status.Category == "done" {
		t.Error("a person opened it and Tenure closed it")
	}
	in.View = asking(view(4))
	w.mirror(in)
	w.wantComments(in.Ref.Tasks[step], "The step ended", "A person is needed again")
}

// Two people are an answer as good as one: the question is done, not given up.
func TestTask_WhoSomebodyIs_BothAnswersAreDone(t *testing.T) {
	for state, word := range map[plan.State]string{plan.Verified: "verified", plan.Skipped: "skipped"} {
		w := newWorld(t, &jirasim.Simulator{})
		v := view(1)
		v.Process = "Onboard"
		v.Steps = []activities.StepView{{ID: plan.IdentityMatch.For("E0007"), Phase: plan.Identify, Title: "The same person as E0007?", State: plan.NeedsAttention}}
		in := input(v)
		in.Ref = w.mirror(in)
		in.View.Version, in.View.Steps = 2, []activities.StepView{v.Steps[0]}
		in.View.Steps[0].State = state
		in.Ref = w.mirror(in)
		child := w.issue(in.Ref.Tasks[plan.IdentityMatch.For("E0007")])
		if child.Status.Category != "done" || child.Resolution != "Done" {
			t.Errorf("%s: the sub-task is %s, %s", word, child.Status.Name, child.Resolution)
		}
		w.wantComments(child.Key, "The step ended: *"+word+"*")
	}
}
