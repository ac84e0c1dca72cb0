package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/company"
	"tenure/simulators/world"
	"tenure/workflows"
)

// scene is one part of a tenure that the demonstration plays: HR edits records, and everything else happens by itself.
type scene struct {
	// play has HR edit, follows the case, and returns it when it has ended.
	play func(context.Context, *installation, *screen) (activities.CaseView, error)
	// facts are what must then hold at the vendors. They are read from the stand-ins, with nothing of ours between.
	facts func(*installation) []fact
}

// fact is something that holds, or does not. Seen is what was found.
type fact struct {
	text, seen string
	holds      bool
}

// sceneLeaves is the scene that is played without being named.
const sceneLeaves = "offboard"

// sceneRehire is the one in which IT has something to do.
const sceneRehire = "rehire"

func scenes() map[string]scene {
	return map[string]scene{
		sceneLeaves: {play: playLeaver, facts: func(*installation) []fact { return nil }},
		"join":      {play: playJoin, facts: factsOfJoin},
		"move":      {play: playMove, facts: factsOfMove},
		"leave":     {play: playLeave, facts: factsOfLeave},
		sceneRehire: {play: playRehire, facts: factsOfRehire},
	}
}

// checkScene refuses a scene that nobody wrote, and what does not go with one.
func (o *options) checkScene() error {
	if _, known := scenes()[o.scene]; !known {
		return fmt.Errorf("--scene %q: choose one of %s", o.scene, strings.Join(slices.Sorted(maps.Keys(scenes())), ", "))
	}
	if o.scene != sceneLeaves && o.person != "" {
		return fmt.Errorf("--person goes with the scene %s only: the others have their own people", sceneLeaves)
	}
	if o.scene != sceneLeaves && !o.simulate {
		return errors.New("--scene goes with --simulate only")
	}
	return nil
}

// playLeaver has somebody leave, and follows the case to the end of the lease.
func playLeaver(ctx context.Context, in *installation, s *screen) (activities.CaseView, error) {
	leaver, err := in.leaver()
	if err != nil {
		return activities.CaseView{}, err
	}
	id, err := in.leave(ctx, leaver)
	if err != nil {
		return activities.CaseView{}, err
	}
	return in.follow(ctx, id, s)
}

// playJoin hires two people: one whose first day was yesterday, and one who begins in some days.
func playJoin(ctx context.Context, in *installation, s *screen) (activities.CaseView, error) {
	if _, err := in.awaitBaseline(ctx, company.DemoLeaver()); err != nil {
		return activities.CaseView{}, err
	}
	late, next := company.DemoJoiner(), company.DemoNextJoiner()
	late.Status = "active"
	in.hire(late, -1, "whose first day was yesterday")
	in.hire(next, 3, "who begins in three days")
	s.note("")
	return in.follow(ctx, workflows.OnboardID(employee.ID(late.Number)).String(), s)
}

// hire has HR make a record, once.
func (in *installation) hire(p company.Person, days int, whose string) {
	if _, known := in.world.Namely.Profile(p.ProfileID); known {
		return
	}
	p.Start = time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly)
	fmt.Fprintf(os.Stderr, "HR now makes a record of %s (%s, %s) in Namely, %s.\n", p.Name(), p.Number, p.Title, whose)
	in.world.Hire(p)
}

// playMove has somebody move to another department, with a group that an administrator gave them by hand.
func playMove(ctx context.Context, in *installation, s *screen) (activities.CaseView, error) {
	p, to := company.DemoMover(), movedTo()
	person, err := in.awaitBaseline(ctx, p)
	if err != nil {
		return activities.CaseView{}, err
	}
	id := workflows.MoveID(person.ID).String()
	if now, _ := in.world.Namely.Profile(p.ProfileID); now.Department != to.Department {
		byHand, _ := in.world.Okta.GroupNamed(groupByHand)
		if err := in.world.Okta.Join(byHand.ID, p.Email); err != nil {
			return activities.CaseView{}, err
		}
		fmt.Fprintf(os.Stderr, "An administrator has put %s into the group %s by hand.\n", p.Name(), groupByHand)
		fmt.Fprintf(os.Stderr, "HR now moves %s (%s) from %s, %s, to %s, %s, in Namely.\n\n", p.Name(), p.Number, p.Department, p.Title, to.Department, to.Title)
		in.world.Assign(p.ProfileID, to)
	}
	return in.follow(ctx, id, s)
}

// groupByHand is what the person who moves was given by hand, and keeps.
const groupByHand = "managers"

// movedTo is the job that people of the scenes get.
func movedTo() world.Job {
	return world.Job{Department: "Product", Title: "Product Analyst", Manager: company.DemoHead("Product").ProfileID}
}

// playLeave sends somebody on leave, has HR give them another job meanwhile, and has them come back.
func playLeave(ctx context.Context, in *installation, s *screen) (activities.CaseView, error) {
	p := company.DemoAway()
	person, err := in.awaitBaseline(ctx, p)
	if err != nil {
		return activities.CaseView{}, err
	}
	id := workflows.LeaveID(person.ID).String()
	if _, err := in.status(ctx, id); err != nil {
		fmt.Fprintf(os.Stderr, "HR now has %s (%s, %s) on leave in Namely.\n\n", p.Name(), p.Number, p.Title)
		in.world.Namely.SetLeave(p.ProfileID, "Parental leave")
	}
	away := func(v activities.CaseView) bool { return v.Closed || v.Phase == "away" }
	if v, err := in.followUntil(ctx, id, s, away); err != nil || v.Closed {
		return v, err
	}
	in.whileAway = factsOfAway(in.world, p)
	s.note(fmt.Sprintf("HR gives %s another job meanwhile: %s, %s; and two seconds later has them back from leave", p.First, movedTo().Department, movedTo().Title))
	in.world.Assign(p.ProfileID, movedTo())
	if err := wait(ctx, 2*time.Second); err != nil {
		return activities.CaseView{}, err
	}
	in.whileAway = append(in.whileAway, factsOfAway(in.world, p)...)
	in.world.Namely.SetLeave(p.ProfileID, "")
	return in.follow(ctx, id, s)
}

// playRehire has somebody leave, and hired again for another job while the mailbox is still lent.
func playRehire(ctx context.Context, in *installation, s *screen) (activities.CaseView, error) {
	p := company.DemoLeaver()
	in.did = map[plan.StepID]bool{}
	account, _ := in.world.Okta.User(p.Email)
	in.account = account.ID
	offboarding, err := in.leave(ctx, p)
	if err != nil {
		return activities.CaseView{}, err
	}
	contained := func(v activities.CaseView) bool { return v.Closed || v.Phase == "lease" && !v.ContainedAt.IsZero() }
	v, err := in.followUntil(ctx, offboarding, s, contained)
	if err != nil {
		return v, err
	}
	if now, _ := in.world.Namely.Profile(p.ProfileID); now.Status == "inactive" {
		s.note(fmt.Sprintf("HR hires %s again in Namely, as %s, %s", p.First, movedTo().Department, movedTo().Title))
		in.world.Assign(p.ProfileID, movedTo())
		in.world.Namely.SetStatus(p.ProfileID, "active")
	}
	v, err = in.follow(ctx, workflows.OnboardID(v.Employee).String(), newScreen(s.out))
	if err != nil {
		return v, err
	}
	in.ended, err = in.followUntil(ctx, offboarding, s, func(v activities.CaseView) bool { return v.Closed })
	return v, err
}

// taskOf is what IT, played by the demonstration, does about a step that waits for a person, and what it says then.
// Whatever else waits for somebody is left to who watches.
func (in *installation) taskOf(v activities.CaseView, step activities.StepView) (done bool, says string, known bool) {
	switch step.ID.Action() {
	case plan.IdentityRehire:
		return true, "HR confirms that they are hired again", true
	case "google.untransfer":
		return false, "the heir gives back what is asked for", true
	case "jamf.unlock":
		for _, d := range in.world.Jamf.Snapshot().Devices {
			if d.Serial == step.ID.Object() {
				return true, "typed the PIN on the computer", in.world.Jamf.Unlock(d.ID, d.LockPIN) || !d.Locked
			}
		}
	case "device.cancel":
		for _, r := range v.Returns {
			if r.Serial == step.ID.Object() {
				return true, "called the box off in Retriever's portal", in.world.Retriever.CancelInPortal(r.Order) == nil
			}
		}
	default: // left to who watches
	}
	return false, "", false
}

// doTasks has IT do what waits for it, in the scene that needs it.
func (in *installation) doTasks(ctx context.Context, v activities.CaseView, s *screen) {
	for _, step := range v.Steps {
		if in.scene != sceneRehire || step.State != plan.NeedsAttention || in.did[step.ID] {
			continue
		}
		done, says, known := in.taskOf(v, step)
		if !known {
			continue
		}
		update := workflows.SkipStep
		if done {
			update = workflows.CompleteStep
		}
		if in.say(ctx, v.Case, update, workflows.StepRequest{Step: step.ID, PersonSays: workflows.PersonSays{By: "demo:it", Reason: says}}) == nil {
			in.did[step.ID] = true
			s.note(fmt.Sprintf("IT, played by this demonstration, ends %s: %s", step.ID, says))
		}
	}
}

// say tells a case something about a step.
func (in *installation) say(ctx context.Context, id string, update workflows.Update[workflows.StepRequest], says workflows.StepRequest) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	h, err := in.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: update.Name, Args: []any{says},
		WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return err
	}
	return h.Get(ctx, nil)
}

// judge waits until the scene's facts hold, and prints them.
func (in *installation) judge(ctx context.Context) bool {
	check := scenes()[in.scene].facts
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	facts := check(in)
	for !hold(facts) && pause(ctx) == nil {
		facts = check(in)
	}
	if len(facts) > 0 {
		fmt.Fprint(os.Stderr, "\nRead from the vendors' stand-ins:\n")
	}
	for _, f := range facts {
		mark := "✓"
		if !f.holds {
			mark = "✗"
		}
		fmt.Fprintf(os.Stderr, "  %s %s: %s\n", mark, f.text, f.seen)
	}
	return hold(facts)
}

func hold(facts []fact) bool {
	return !slices.ContainsFunc(facts, func(f fact) bool { return !f.holds })
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
