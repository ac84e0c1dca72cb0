package dispatch

import (
	"strings"

	"tenure/internal/employee"
)

// reason says in words why a case is started.
func reason(e employee.Event, p person) string {
	text := ""
	switch e.Kind {
	case employee.Left:
		text = "HR made the person inactive"
		if e.Is(employee.HireCalledOff) {
			text = "HR called the hire off"
		}
		if p.other {
			text = "HR ended " + string(e.Employee) + ", one of several positions"
		}
	case employee.Departing:
		text = "HR set a departure date"
		if p.other {
			text += " for " + string(e.Employee) + ", one of several positions"
		}
	case employee.Staying:
		text = "HR cleared the departure date"
	case employee.Returned:
		text = "HR has the person back"
	case employee.Joining:
		text = "HR has a new record"
	case employee.Changed:
		return "HR changed " + changes(e)
	}
	if e.Is(employee.Backdated) {
		text += ", after the day itself"
	}
	return text
}

// inWords is what HR changed, in words.
var inWords = map[employee.Class]string{
	employee.Started:        "the status: the person has started",
	employee.Mover:          "the title, the department or the office",
	employee.ManagerChanged: "the manager",
	employee.Renamed:        "the name",
	employee.EmailChanged:   "the work address",
	employee.Converted:      "the type of worker, between an employee and somebody external",
	employee.WorkerTypeOnly: "the type of worker",
	employee.StartMoved:     "the first day",
	employee.LeaveBegan:     "the leave of absence: it began",
	employee.LeaveEnded:     "the leave of absence: it is over",
	employee.DetailChanged:  "a field that the mapping uses",
	employee.ContactChanged: "a private or an office address",
	employee.AfterLeaving:   "the record of somebody who has left",
}

func changes(e employee.Event) string {
	var parts []string
	for _, c := range e.What {
		if text, known := inWords[c]; known {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "the record"
	}
	return strings.Join(parts, "; ")
}
