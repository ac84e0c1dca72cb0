package employee

import (
	"slices"
	"strings"
	"time"
)

// classify says more closely what an event is.
func classify(kind EventKind, was, now Employee, fields []string, detected time.Time) []Class {
	switch kind {
	case Left:
		return left(was, now, detected)
	case Departing:
		return departing(was, now, detected)
	case Staying:
		return []Class{DepartureCleared}
	case Returned:
		return []Class{Rehire}
	case Joining:
		return []Class{Joiner}
	case Changed:
		if was.Status == Inactive {
			return []Class{AfterLeaving}
		}
		return changed(was, now, fields)
	}
	return nil
}

func left(was, now Employee, detected time.Time) []Class {
	out := []Class{Leaver}
	if was.Status == Pending {
		out = []Class{HireCalledOff}
	}
	if now.DepartureDate.Over(detected) && now.DepartureDate != was.DepartureDate {
		out = append(out, Backdated)
	}
	return out
}

func departing(was, now Employee, detected time.Time) []Class {
	var out []Class
	switch before := was.DepartureDate; {
	case was.ProfileID == "":
		out = []Class{FixedTerm}
	case before.IsZero():
		out = []Class{DepartureSet}
	case now.DepartureDate.Before(before):
		out = []Class{DepartureAdvanced}
	default:
		out = []Class{DeparturePostponed}
	}
	if now.DepartureDate.Over(detected) {
		out = append(out, Backdated)
	}
	return out
}

// changes maps a changed field to its class, in the order in which the classes are named.
var changes = []struct {
	class  Class
	fields []string
}{
	{Renamed, []string{"firstName", "lastName", "fullName"}},
	{EmailChanged, []string{"email"}},
	{ManagerChanged, []string{"managerProfileId"}},
	{Mover, []string{"title", "department", "office"}},
	{StartMoved, []string{"startDate"}},
	{ContactChanged, []string{"personalEmail", "home", "officeAddress"}},
}

func changed(was, now Employee, fields []string) []Class {
	var out []Class
	if was.Status == Pending && now.Status == Active {
		out = append(out, Started)
	}
	if was.WorkerType != now.WorkerType {
		class := WorkerTypeOnly
		if was.WorkerType.External() != now.WorkerType.External() {
			class = Converted
		}
		out = append(out, class)
	}
	if was.OnLeave != now.OnLeave {
		class := LeaveEnded
		if now.OnLeave {
			class = LeaveBegan
		}
		out = append(out, class)
	}
	for _, c := range changes {
		if slices.ContainsFunc(c.fields, func(f string) bool { return slices.Contains(fields, f) }) {
			out = append(out, c.class)
		}
	}
	if slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, detail) }) {
		out = append(out, DetailChanged)
	}
	return out
}
