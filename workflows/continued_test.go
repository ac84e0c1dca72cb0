package workflows_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

// relay plays a process in as many runs as it takes: at each moment its history is called long, so that it goes on
// in a new run with nothing but its state. Vendors and store stay as they are.
func relay[In any](s *stage, process workflows.Process, id string, in In, cues func(since time.Duration), moments ...time.Duration) (runs int) {
	s.Helper()
	for i := 0; ; i++ {
		since := s.env.Now().Sub(opening)
		cues(since)
		if i < len(moments) && moments[i] > since {
			s.after(moments[i]-since, func() { s.env.SetContinueAsNewSuggested(true) })
		}
		s.env.SetDetachedChildWait(false)
		s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: activities.QueueLifecycle})
		s.env.ExecuteWorkflow(string(process), in)
		var next *workflow.ContinueAsNewError
		if err := s.env.GetWorkflowError(); !errors.As(err, &next) {
			s.must(err)
			return i + 1
		}
		s.must(converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
		now := s.env.Now()
		s.light()
		s.env.SetStartTime(now)
		s.register()
	}
}

// homecoming tells the case, 20 days after its beginning, that the laptop is back: by the laptop's own process where
// it runs in this environment, otherwise in its words. (On a server it outlives the run that started it.)
func (s *stage) homecoming(since time.Duration) {
	if since > 20*day {
		return
	}
	serial := s.laptop().Serial
	s.after(20*day-since, func() {
		if s.env.SignalWorkflowByID(s.returnID(), workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "cli:it", Serial: serial, At: s.env.Now()}) == nil {
			return
		}
		s.env.SignalWorkflow(workflows.ShipmentMoved.Name, workflows.ShipmentMove{State: plan.Verified, Text: "back in stock",
			View: activities.ReturnView{Serial: serial, Milestone: activities.InStock, Order: s.order().ID}})
	})
}

func TestContinued_AtAnyMoment_TheCaseGoesOnAndNothingHappensTwice(t *testing.T) {
	t.Parallel()
	week := []time.Duration{}
	for d := 5*day + time.Hour; d < 60*day; d += 6 * day {
		week = append(week, d)
	}
	for name, moments := range map[string][]time.Duration{
		"while the mirrors rest":            {500 * time.Millisecond},
		"while the mirrors catch up":        {1500 * time.Millisecond},
		"while the transfer runs":           {time.Hour},
		"while the laptop travels":          {8 * day},
		"after the first reminder":          {54 * day},
		"right before the end of the lease": {60*day - time.Second},
		"again and again":                   week,
		"at once, and then again and again": append([]time.Duration{500 * time.Millisecond, time.Minute}, week...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			r := s.request()
			runs := relay(s, workflows.ProcessOffboard, workflows.OffboardID(r.Employee).String(), workflows.OffboardInput{Request: r}, s.homecoming, moments...)
			var out workflows.OffboardResult
			s.must(s.env.GetWorkflowResult(&out))
			if runs != len(moments)+1 {
				t.Errorf("%d runs for %d moments", runs, len(moments))
			}
			s.proved(out.View)
			s.once()
			if u := s.googleUser(); !u.Suspended || len(s.delegates()) != 0 {
				t.Errorf("Google is %s, lent to %v", u.State(), s.delegates())
			}
			if at := step(out.View, "google.undelegate").Executed; at.Before(opening.Add(60*day)) || at.After(opening.Add(60*day+time.Hour)) {
				t.Errorf("the lease ended at %s", at)
			}
			reminders := 0
			for _, line := range s.thread() {
				if strings.Contains(line, "is taken back on 2027-01-22") {
					reminders++
				}
			}
			if reminders != 2 {
				t.Errorf("%d reminders of the end of the lease", reminders)
			}
		})
	}
}

// A run is never replaced while a call that takes access away is under way: here the deactivation is tried until it
// gets through.
func TestContinued_InTheMidstOfContainment_WaitsForTheCallUnderWay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	s.world.Okta.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Times: 5, Status: 503})
	runs := relay(s, workflows.ProcessOffboard, workflows.OffboardID(r.Employee).String(), workflows.OffboardInput{Request: r}, s.homecoming, 2500*time.Millisecond)
	var out workflows.OffboardResult
	s.must(s.env.GetWorkflowResult(&out))
	if runs != 2 || step(out.View, "okta.deactivate").Executed.Sub(opening) < 3*time.Second {
		t.Errorf("%d runs, deactivated at %s", runs, step(out.View, "okta.deactivate").Executed)
	}
	s.proved(out.View)
	s.once()
}

func TestContinued_WhatPeopleDecided_Survives(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	cues := func(since time.Duration) {
		s.homecoming(since)
		if since == 0 {
			s.ask(40*day, workflows.ExtendDelegation.Name, says("manager", "one more contract"))
			s.ask(41*day, workflows.Hold.Name, says("legal", "case 7 in court"))
			return
		}
		held := s.see(95*day - since)
		s.after(95*day-since+time.Second, func() {
			if !held.OnHold || held.HoldWhy != "case 7 in court" || !held.LeaseEnds.Equal(opening.Add(90*day)) || !slices.Contains(s.delegates(), s.manager().Email) {
				t.Errorf("after the new run: on hold %v (%s), lease ends %s, lent to %v", held.OnHold, held.HoldWhy, held.LeaseEnds, s.delegates())
			}
		})
		again := s.ask(94*day-since, workflows.ExtendDelegation.Name, says("manager", "and another"))
		s.after(95*day-since, func() { s.refused(again, activities.Forbidden, "renewed 1 of 1") })
		s.ask(100*day-since, workflows.Release.Name, says("legal", "settled"))
	}
	relay(s, workflows.ProcessOffboard, workflows.OffboardID(r.Employee).String(), workflows.OffboardInput{Request: r}, cues, 50*day)
	var out workflows.OffboardResult
	s.must(s.env.GetWorkflowResult(&out))
	s.proved(out.View)
	s.once()
}

func TestContinued_Return_GoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := s.returnInput()
	cues := func(since time.Duration) { s.brought(20*day-since, s.laptop().Serial) }
	runs := relay(s, workflows.ProcessDeviceReturn, s.returnID(), first, cues, time.Minute, 4*day, 8*day, 12*day)
	if runs != 5 {
		t.Errorf("%d runs", runs)
	}
	if n := len(s.world.Retriever.Orders()); n != 1 {
		t.Errorf("%d boxes", n)
	}
	s.onceShown()
	s.told("begun: lives in US", "it can be cancelled in Retriever's portal", "the box is on its way", "reminder 1 of 4", "the box was delivered",
		"the laptop is on its way", "the laptop has arrived", "checked in by cli:it")
}
