package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/company"
	"tenure/starter/show"
	"tenure/workflows"
)

// beat is how often the demonstration looks at the case.
const beat = 300 * time.Millisecond

// demo plays a scene: HR edits records in its simulated system and nothing else is touched by hand, and the case is shown
// until it has ended.
func (in *installation) demo(ctx context.Context) (int, error) {
	if in.once {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, in.timeout)
		defer cancel()
	}
	v, err := scenes()[in.scene].play(ctx, in, newScreen(os.Stderr))
	if err != nil {
		return in.interrupted(ctx, err)
	}
	if err := in.finish(v); err != nil {
		return 1, err
	}
	code := verdict(v)
	if !in.judge(ctx) {
		code = 1
	}
	if in.once {
		return code, nil
	}
	fmt.Fprintf(os.Stderr, "\nEverything stays up to be played with: the console is at %s. Ctrl-C ends it.\n", in.consoleURL)
	<-ctx.Done()
	fmt.Fprintln(os.Stderr, "\nstopping")
	return 0, nil
}

// interrupted tells a wish to stop from a failure.
func (in *installation) interrupted(ctx context.Context, err error) (int, error) {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return 1, fmt.Errorf("the case had not ended after %s; start again with --data to go on", in.timeout)
	case ctx.Err() != nil && in.once:
		return 1, errors.New("interrupted before the case had ended")
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nstopping; with --data the case goes on at the next start")
		return 0, nil
	}
	return 1, err
}

// leaver is who leaves in this demonstration.
func (o *options) leaver() (company.Person, error) {
	if o.person == "" {
		return company.DemoLeaver(), nil
	}
	p, ok := company.Find(company.People(), o.person)
	if !ok {
		return p, fmt.Errorf("--person %q: nobody in the simulated company has this address, number or profile id; start without it and the console lists them", o.person)
	}
	return p, nil
}

// leave turns the leaver inactive in Namely, once, after the directory was read for the first time. From there on
// everything happens by itself.
func (in *installation) leave(ctx context.Context, p company.Person) (string, error) {
	person, err := in.awaitBaseline(ctx, p)
	if err != nil {
		return "", err
	}
	id := workflows.OffboardID(person.ID).String()
	if _, err := in.status(ctx, id); err == nil {
		fmt.Fprintf(os.Stderr, "%s is being offboarded already; going on with %s\n\n", p.Name(), id)
		return id, nil
	}
	if now, ok := in.world.Namely.Profile(p.ProfileID); ok && now.Status != "inactive" {
		fmt.Fprintf(os.Stderr, "HR now makes %s (%s, %s) inactive in Namely. Nothing else is touched by hand.\n\n", p.Name(), person.ID, p.Title)
		in.world.Namely.SetStatus(p.ProfileID, "inactive")
	}
	for {
		if _, err := in.status(ctx, id); err == nil {
			return id, nil
		}
		if err := pause(ctx); err != nil {
			return "", err
		}
	}
}

func (in *installation) awaitBaseline(ctx context.Context, p company.Person) (employee.Employee, error) {
	for {
		person, err := in.store.PersonByProfile(ctx, p.ProfileID)
		if err == nil {
			return person, nil
		}
		if err := pause(ctx); err != nil {
			return person, err
		}
	}
}

// follow shows the case until it has ended, for people too.
func (in *installation) follow(ctx context.Context, id string, s *screen) (activities.CaseView, error) {
	v, err := in.followUntil(ctx, id, s, func(v activities.CaseView) bool { return v.Closed })
	if err == nil {
		in.awaitEnd(ctx, id)
	}
	return v, err
}

// followUntil shows the case until it is far enough. It also plays the people whom no stand-in can: IT, which takes the
// laptop out of its box and reads the serial number, and says that somebody who left may come back.
func (in *installation) followUntil(ctx context.Context, id string, s *screen, enough func(activities.CaseView) bool) (activities.CaseView, error) {
	received := map[string]bool{}
	for {
		v, err := in.status(ctx, id)
		if err == nil {
			s.show(v)
			in.checkIn(ctx, v, received, s)
			in.doTasks(ctx, v, s)
			if enough(v) {
				return v, nil
			}
		}
		if err := pause(ctx); err != nil {
			return v, err
		}
	}
}

// awaitEnd waits until Slack and Jira show the end too, which is the last thing a case does. One whose mirrors are
// away ends without them, after the patience it has; so the demonstration's own is only a bound.
func (in *installation) awaitEnd(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	_ = in.client.GetWorkflow(ctx, id, "").Get(ctx, nil)
}

// checkIn says, for every device that has arrived or is to be handed over in person, that IT has it.
func (in *installation) checkIn(ctx context.Context, v activities.CaseView, received map[string]bool, screen *screen) {
	for _, r := range v.Returns {
		here := r.Milestone == activities.DeviceArrived || r.Route == string(plan.InPerson) && r.Milestone == ""
		if !here || received[r.Serial] {
			continue
		}
		id := workflows.DeviceReturnID(v.Employee, r.Serial).String()
		receipt := workflows.LaptopReceipt{By: "demo:it", Serial: r.Serial, At: time.Now().UTC()}
		if in.client.SignalWorkflow(ctx, id, "", workflows.LaptopReceived.Name, receipt) == nil {
			received[r.Serial] = true
			screen.note("IT, played by this demonstration, reads serial " + r.Serial + " off the laptop and checks it in")
		}
	}
}

func (in *installation) status(ctx context.Context, id string) (activities.CaseView, error) {
	var v activities.CaseView
	ask, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answer, err := in.client.QueryWorkflow(ask, id, "", workflows.Status.Name)
	if err != nil {
		return v, err
	}
	return v, answer.Get(&v)
}

func pause(ctx context.Context) error {
	t := time.NewTimer(beat)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish prints the final case.
func (in *installation) finish(v activities.CaseView) error {
	if in.asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	fmt.Printf("\n%s\n", show.Case(v))
	return nil
}

// verdict is 0 only when the case was completed and every critical step is verified, or was found to be needless.
func verdict(v activities.CaseView) int {
	if !v.Closed || v.Outcome != "completed" {
		return 1
	}
	for _, s := range v.Steps {
		if s.Critical && !s.State.Proved() {
			return 1
		}
	}
	return 0
}
