package dispatch

import (
	"fmt"
	"slices"
	"time"

	"tenure/internal/employee"
	"tenure/internal/role"
	"tenure/workflows"
)

// An event says whom to look at, and little more: it may be late, repeated, or overtaken by the next one. Who hears it
// is decided by where the person stands now, from every record of theirs, in the order leaver > leave > mover > joiner;
// whoever hears it looks at HR's records for itself. So the order in which events come changes nothing in the end.

// person is somebody as HR has them now.
type person struct {
	main    employee.Employee   // the record under whose id their cases run
	record  employee.Employee   // the one the event is about
	records []employee.Employee // every one, both of these among them
	stand   role.Stand
	// other says that the person works under another record than the one the event is about.
	other bool
	// ends is when the person works under no record any more; zero while there is no such day.
	ends time.Time
	// back says that the last day which the event moved or cleared was over: the person works here again.
	back bool
}

// route is who hears an event.
type route struct {
	// start are the processes that are started, or told where they run, in this order.
	start []workflows.Process
	// instead are those that hear it alone where one of them runs: nothing is started then.
	instead []workflows.Process
	// tell are those that are told where they run, and started by nothing.
	tell []workflows.Process
	// calledOff says that an Onboard which has made whatever there is, and let nobody in, hears it alone: there is nobody
	// to offboard.
	calledOff bool
	// at is when an Offboard is to begin; zero is now.
	at time.Time
	// chain says that the person's reports have to look at their manager.
	chain bool
	note  string // why nothing is started, where something could have been
}

const (
	offboard = workflows.ProcessOffboard
	onboard  = workflows.ProcessOnboard
	move     = workflows.ProcessMove
	leave    = workflows.ProcessLeave
)

// routeOf says who hears an event about somebody. Without a mapping in the policy nobody joins, moves or goes on leave:
// then it is Offboard or nobody.
func routeOf(e employee.Event, p person, maps bool) route {
	r := route{note: fmt.Sprintf("no process acts on an event of kind %q", e.Kind)}
	switch e.Kind {
	case employee.Left:
		r = onLeft(e, p, maps)
	case employee.Departing:
		r = onDeparting(p)
	case employee.Staying:
		r = onStaying(p)
	case employee.Returned:
		r = onReturned(p)
	case employee.Joining:
		r = onJoining(p)
	case employee.Changed:
		r = onChanged(e, p)
	}
	switch {
	case maps:
		return r
	case e.Kind == employee.Returned:
		return route{tell: processes(offboard)}
	}
	return r.unmapped()
}

func processes(p ...workflows.Process) []workflows.Process { return p }

// onLeft ends the access of somebody who works under no record any more. Whoever does loses what the one record gave,
// and when all that is left has a last day, that is waited for. Whom HR made active again, and left the last day in the
// record that is over, is gone by that day.
func onLeft(e employee.Event, p person, maps bool) route {
	switch {
	case p.record.Status != employee.Inactive && p.stand == role.Gone && maps:
		return route{start: processes(offboard), tell: processes(leave, move, onboard), at: p.ends, chain: true}
	case p.record.Status != employee.Inactive:
		return route{note: takenBack + "the person is " + string(p.record.Status)}
	case !p.other:
		return route{start: processes(offboard), tell: processes(leave, move, onboard), calledOff: e.Is(employee.HireCalledOff), chain: true}
	case !p.ends.IsZero():
		return route{start: processes(offboard, move), tell: processes(leave, onboard), at: p.ends, chain: true}
	}
	return route{start: processes(move), tell: processes(leave, onboard), chain: true}
}

// takenBack begins the note of an event whose contrary waits behind it.
const takenBack = "HR took it back before it was dispatched: "

// onDeparting schedules the end of the last record. One of several that ends leaves the person where they are.
func onDeparting(p person) route {
	switch {
	case p.record.DepartureDate.IsZero():
		return route{note: takenBack + "there is no departure date"}
	case p.ends.IsZero() && p.stand == role.Gone: // HR does not show the record any more
		return route{tell: processes(offboard), note: "the person has left"}
	case p.ends.IsZero():
		return oneOfSeveral(p)
	}
	r := route{start: processes(offboard), tell: processes(leave, move, onboard), at: p.ends}
	switch {
	case p.comesBack():
		r.start, r.tell, r.chain = processes(offboard, onboard), others(onboard), true
	case p.other && p.stand == role.Here: // a Move waits for the day of the position that ends first
		r.start, r.tell = processes(offboard, move), others(move)
	}
	return r
}

// oneOfSeveral brings to whoever has the person now that the first or last day of one of their positions is another. A
// Move is among those who wait for it, whatever else runs: it is the one that is left when the others have ended.
func oneOfSeveral(p person) route {
	r := byStand(p)
	r.tell, r.instead = others(r.start[0]), nil
	return r
}

// onStaying tells the Offboard that waited for the day. Whose day was over, and who has lost their access perhaps, comes
// back; who has lost only what one of several positions gave has it looked at.
func onStaying(p person) route {
	switch {
	case !p.record.DepartureDate.IsZero():
		return route{note: takenBack + "there is a departure date again"}
	case p.comesBack():
		return route{start: processes(onboard), tell: processes(offboard, leave, move), chain: true}
	case p.back && p.stand != role.Gone:
		r := oneOfSeveral(p)
		r.tell = append(processes(offboard), r.tell...)
		return r
	}
	return route{tell: processes(offboard, leave, move, onboard)}
}

// comesBack says whether somebody whose last day was over works here again, or is to.
func (p person) comesBack() bool { return p.back && !p.other && p.stand != role.Gone }

// onReturned lets somebody in again by way of Onboard, which has it confirmed and winds up the Offboard. A second
// position that comes back is a change of role. A last day that HR named while the person was gone is waited for from now
// on: no other event says it.
func onReturned(p person) route {
	switch {
	case p.record.Status == employee.Inactive:
		return route{tell: processes(offboard, leave, move, onboard), note: takenBack + "the person is inactive"}
	case p.other:
		return route{start: processes(move), tell: processes(offboard, leave, onboard), chain: true}
	case !p.ends.IsZero() && p.stand != role.Gone:
		return route{start: processes(offboard, onboard), tell: processes(leave, move), at: p.ends, chain: true}
	}
	return route{start: processes(onboard), tell: processes(offboard, leave, move), chain: true}
}

// onJoining begins with somebody new. That the record may be somebody's whom the ledger knows, Onboard finds out.
func onJoining(p person) route {
	r := route{start: processes(onboard)}
	if p.record.Status == employee.Inactive {
		return route{tell: processes(onboard), note: takenBack + "the person is inactive"}
	}
	if len(p.records) > 1 {
		r.tell = processes(leave, move)
	}
	return r
}

// onChanged brings whatever else changed to the one process that has the person now. A leave that begins or ends while an
// Onboard runs starts a Leave beside it, which does no harm: both look at the same records for themselves, an Onboard
// opens the account of nobody who is away and leaves them to the Leave, and once they are back both bring the accounts to
// the same role. All of them hear it, so that none goes on with what it saw before.
func onChanged(e employee.Event, p person) route {
	switch {
	case e.Is(employee.AccessChanged): // a case of their own did it
		return route{chain: true, note: "their reports alone hear it"}
	case e.Is(employee.AfterLeaving), p.stand == role.Gone:
		return route{tell: processes(offboard), note: "the person has left"}
	case p.record.Status == employee.Inactive:
		return route{note: takenBack + "this position of the person has ended"}
	}
	r, away := byStand(p), e.Is(employee.LeaveBegan) || e.Is(employee.LeaveEnded)
	switch {
	case r.start[0] != move:
	case away:
		r = route{start: processes(leave)}
	case e.Is(employee.Started) && !p.other:
		r = route{start: processes(onboard)}
	case e.Is(employee.StartMoved) && p.other:
		r = oneOfSeveral(p)
	}
	if r.instead == nil && (away || e.Is(employee.Started) || p.stand == role.Away) {
		r.tell = others(r.start[0])
	}
	r.chain = e.Is(employee.Renamed) || e.Is(employee.EmailChanged) || e.Is(employee.Started)
	return r
}

// byStand is the process that has somebody now who has not left. A Move leaves the person to a Leave or an Onboard that
// runs.
func byStand(p person) route {
	switch {
	case p.stand == role.Away:
		return route{start: processes(leave)}
	case p.stand == role.Expected, p.pending():
		return route{start: processes(onboard)}
	}
	return route{start: processes(move), instead: processes(leave, onboard)}
}

// others are the processes of joining, moving and leave but one.
func others(but workflows.Process) []workflows.Process {
	return slices.DeleteFunc(processes(leave, move, onboard), func(p workflows.Process) bool { return p == but })
}

// pending says that HR has the person as a hire still, under every record that counts.
func (p person) pending() bool {
	for _, e := range p.records {
		if e.Status == employee.Active {
			return false
		}
	}
	return true
}

// unmapped leaves of a route what there is without a mapping.
func (r route) unmapped() route {
	out := route{at: r.at, note: r.note}
	for _, s := range r.start {
		if s == offboard {
			out.start = processes(offboard)
		}
	}
	for _, s := range r.tell {
		if s == offboard {
			out.tell = processes(offboard)
		}
	}
	if out.start == nil && out.tell == nil && out.note == "" {
		out.note = "no process acts on this without a mapping in the policy"
	}
	return out
}
