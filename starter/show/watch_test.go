package show

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

func burst() employee.Batch {
	return employee.Batch{ID: "B7", Cause: "30 of 200 people left within 2h, 28 of them of the office Albany", State: employee.BatchHeld,
		Opened: after(-time.Hour), Expires: after(23 * time.Hour), People: []employee.BatchPerson{
			{Employee: "E1", Kinds: []employee.EventKind{employee.Left}, State: employee.PersonHeld},
			{Employee: "E2", Kinds: []employee.EventKind{employee.Departing, employee.Left}, Departure: employee.Date{Year: 2026, Month: time.November, Day: 30}, State: employee.PersonHeld},
			{Employee: "E9", Kinds: []employee.EventKind{employee.Left}, State: employee.PersonCorrected, Note: "HR made the person active again"},
		}}
}

func proposed(b employee.Batch) employee.Batch {
	b.Proposal = &employee.Proposal{Verb: employee.ReleaseBatch, By: "cli:jo", People: []employee.ID{"E1"}, Reason: "the office closes", Nonce: "5f3a9c", At: after(-time.Minute)}
	return b
}

func decided(b employee.Batch) employee.Batch {
	b = proposed(b)
	b.State, b.Closed, b.Decided, b.Proposal = employee.BatchReleased, opened, b.Proposal, nil
	b.Decided.Confirmed, b.Decided.ConfirmedAt = "slack:U012", opened
	b.People[0].State, b.People[1].State = employee.PersonReleased, employee.PersonRejected
	return b
}

func TestBatch(t *testing.T) {
	known := map[employee.ID]activities.PersonBrief{
		"E1": {ID: "E1", Name: "Robin Example", HREdited: after(-2 * time.Hour)},
		"E9": {ID: "E9", Name: "Kim Example\x1b[2J", HREdited: after(-3 * time.Hour)},
	}
	golden(t, "batch_held", Batch(burst(), known, opened))
	golden(t, "batch_proposed", Batch(proposed(burst()), known, opened))
	golden(t, "batch_decided", Batch(decided(burst()), known, opened))
	golden(t, "batches", Batches([]employee.Batch{proposed(burst()), decided(burst()), burst()}, opened))
}

func TestDevices(t *testing.T) {
	rows := []Device{
		{Case: "device-return/E2/C02AB", Serial: "C02AB", Employee: "E2", Phase: "order", Started: after(-time.Minute)},
		{Case: "device-return/E1/C02XY", Serial: "C02XY", Employee: "E1", Started: after(-9 * 24 * time.Hour)},
	}
	rows[1].Tell(activities.CaseView{Name: "Robin Example", Phase: "travel", WaitsFor: []string{"IT: look (device.checkin:C02XY)"}, Returns: []activities.ReturnView{
		{Serial: "other", Milestone: activities.InStock}, {Serial: "C02XY", Route: "in_person", Milestone: activities.BoxDelivered, LastSeen: "Delivered, ALBANY NY US"}}})
	golden(t, "devices", Devices(rows, opened))
	require.Equal(t, "C02AB", rows[0].Serial, "the caller's rows stay as they were")
}

func TestWatchStatus(t *testing.T) {
	runs := []WatchRun{
		{At: after(-2 * time.Minute), Status: "completed", Result: &workflows.WatchDirectoryResult{
			Scan: activities.ScanResult{Profiles: 250, Events: 31}, Dispatched: activities.Dispatched{Started: 1, Skipped: 2}}},
		{At: after(-7 * time.Minute), Status: "failed"},
	}
	asked := employee.Raise{ID: "R2", People: 40, State: employee.RaiseAsked, Asked: employee.Proposal{By: "cli:jo", Nonce: "77aa"}}
	open := asked
	open.State, open.Until = employee.RaiseOpen, after(24*time.Hour)
	state := activities.WatchState{Poll: employee.Poll{Outcome: employee.PollAccepted, At: after(-2 * time.Minute), Profiles: 250},
		Accepted: employee.Mark{At: after(-2 * time.Minute), Profiles: 250}, Waiting: 3, Held: 30, Gone: []employee.ID{"E4", "E7"}, Batches: []employee.Batch{burst()}, Raise: &asked}
	bad := activities.WatchState{Accepted: employee.Mark{At: after(-26 * time.Hour), Profiles: 250}, Raise: &open, Poll: employee.Poll{
		Outcome: employee.PollDiscarded, At: after(-2 * time.Minute), Profiles: 180, Since: after(-26 * time.Hour),
		Distrust: &employee.Distrust{Cause: employee.HeadcountDrop, What: "70 of 250 people are missing", Why: "a role that sees fewer people looks like this", Mend: "look at the token's role in Namely", Acceptable: true, Missing: 70}}}
	for name, w := range map[string]Watch{
		"watch_well":     {Every: 5 * time.Minute, Next: after(3 * time.Minute), Runs: runs, State: &state},
		"watch_distrust": {Every: 5 * time.Minute, Running: true, Runs: runs[1:], State: &bad},
		"watch_paused":   {Every: time.Hour, Paused: true, Note: "paused by cli:jo: a merger is imported", State: &activities.WatchState{}},
		"watch_unknown":  {Every: 90 * time.Second, Next: after(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, WatchStatus(w, opened)) })
	}
}

func TestWatchResult(t *testing.T) {
	for want, r := range map[string]workflows.WatchDirectoryResult{
		"250 people: the baseline, from which later changes are told; nothing is started by it": {Scan: activities.ScanResult{Profiles: 250, Baseline: true}},
		"250 people, 1 event; dispatched: 1 started, 0 told, 0 passed over":                     {Scan: activities.ScanResult{Profiles: 250, Events: 1}, Dispatched: activities.Dispatched{Started: 1}},
		"200 people, 31 events, 30 of them HELD in batch B7; dispatched: 0 started, 1 told, 0 passed over": {
			Scan: activities.ScanResult{Profiles: 200, Events: 31, Held: 30, Batch: "B7"}, Dispatched: activities.Dispatched{Updated: 1}},
		"200 people, 2 events, 2 of them held":                           {Scan: activities.ScanResult{Profiles: 200, Events: 2, Held: 2}},
		"discarded (empty): nobody at all; it cannot be; look at Namely": {Poll: employee.Poll{Outcome: employee.PollDiscarded, Distrust: &employee.Distrust{Cause: employee.EmptyFeed, What: "nobody at all", Why: "it cannot be", Mend: "look at Namely"}}},
	} {
		require.Equal(t, want, WatchResult(r))
	}
}
