package workflows

import (
	"fmt"
	"net/url"
	"strings"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// Process is a workflow type's registered name.
type Process string

// The processes.
const (
	ProcessOffboard       Process = "Offboard"
	ProcessOnboard        Process = "Onboard"
	ProcessMove           Process = "Move"
	ProcessLeave          Process = "Leave"
	ProcessDeviceReturn   Process = "DeviceReturn"
	ProcessWatchDirectory Process = "WatchDirectory"
	// ProcessRequest carries one ask from a front door to the case it is about.
	ProcessRequest Process = "Request"
	// ProcessWatchTickets looks for tickets that people moved in Jira.
	ProcessWatchTickets Process = "WatchTickets"
	// ProcessDoctor examines every connection, changing nothing.
	ProcessDoctor Process = "Doctor"
	// ProcessLook answers what only a worker can read, changing nothing.
	ProcessLook Process = "Look"
)

// slugs are how the processes begin a workflow id. A list, not a map: workflow code goes through it.
var slugs = []struct {
	process Process
	slug    string
}{
	{ProcessOffboard, "offboard"},
	{ProcessOnboard, "onboard"},
	{ProcessMove, "move"},
	{ProcessLeave, "leave"},
	{ProcessDeviceReturn, "device-return"},
	{ProcessWatchDirectory, "watch-directory"},
	{ProcessRequest, "request"},
	{ProcessWatchTickets, "watch-tickets"},
	{ProcessDoctor, "doctor"},
	{ProcessLook, "look"},
}

// slug is how a process begins its workflow ids.
func (p Process) slug() string {
	for _, s := range slugs {
		if s.process == p {
			return s.slug
		}
	}
	return ""
}

// ID is a workflow id taken apart: <process>/<employee-id>[/<discriminator>].
type ID struct {
	Process       Process
	Employee      employee.ID
	Discriminator string // a device's serial number, "preview-..." for a dry run; empty otherwise
}

// OffboardID is the id of the one offboarding case of an employee.
func OffboardID(e employee.ID) ID { return ID{Process: ProcessOffboard, Employee: e} }

// OnboardID is the id of the one case of somebody who joins, or comes back.
func OnboardID(e employee.ID) ID { return ID{Process: ProcessOnboard, Employee: e} }

// MoveID is the id of the one case that brings somebody's accounts to their role.
func MoveID(e employee.ID) ID { return ID{Process: ProcessMove, Employee: e} }

// LeaveID is the id of the one leave of absence of an employee.
func LeaveID(e employee.ID) ID { return ID{Process: ProcessLeave, Employee: e} }

// DeviceReturnID is the id of one device's way back.
func DeviceReturnID(e employee.ID, serial string) ID {
	return ID{Process: ProcessDeviceReturn, Employee: e, Discriminator: serial}
}

// RequestID is the id of the one workflow that carries an ask; key is the ask's.
func RequestID(key string) string { return ProcessRequest.slug() + "/" + url.PathEscape(key) }

// LookID is the id of one look; key tells it from every other.
func LookID(key string) string { return ProcessLook.slug() + "/" + url.PathEscape(key) }

// String builds the workflow id. Parts are escaped, because HR may put a slash into an employee number.
func (id ID) String() string {
	s := id.Process.slug() + "/" + url.PathEscape(string(id.Employee))
	if id.Discriminator != "" {
		s += "/" + url.PathEscape(id.Discriminator)
	}
	return s
}

// ParseID takes a workflow id apart. The error names the form that is wanted.
func ParseID(s string) (ID, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return ID{}, fmt.Errorf("workflow id %q is not of the form <process>/<employee-id>[/<discriminator>], for example offboard/E1042", s)
	}
	id, found := ID{}, false
	for _, known := range slugs {
		if known.slug == parts[0] {
			id.Process, found = known.process, true
		}
	}
	if !found {
		return ID{}, fmt.Errorf("workflow id %q: %q is not a process; offboard and device-return are", s, parts[0])
	}
	e, err := url.PathUnescape(parts[1])
	if err != nil || e == "" {
		return ID{}, fmt.Errorf("workflow id %q has no readable employee id in its second part", s)
	}
	id.Employee = employee.ID(e)
	if len(parts) == 3 {
		if id.Discriminator, err = url.PathUnescape(parts[2]); err != nil {
			return ID{}, fmt.Errorf("workflow id %q: third part: %w", s, err)
		}
	}
	return id, nil
}

// StepOfReturn says whether a step is done by a device's own return rather than by the case it belongs to.
func StepOfReturn(step plan.StepID) bool {
	switch step.Action() {
	case actOrder, actCheckIn, actErase, actStock:
		return true
	default:
		return false
	}
}
