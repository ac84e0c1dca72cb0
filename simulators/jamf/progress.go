package jamfsim

import "time"

// CommandState is where an MDM command stands.
type CommandState string

// The states of a command.
const (
	Pending            CommandState = "PENDING"
	Acknowledged       CommandState = "ACKNOWLEDGED"
	NotNowState        CommandState = "NOT_NOW"
	ErrorState         CommandState = "ERROR"
	CommandFormatError CommandState = "COMMAND_FORMAT_ERROR"
)

// Command is one queued MDM command.
type Command struct {
	UUID         string       `json:"uuid"`
	ManagementID string       `json:"managementId"`
	ClientType   Kind         `json:"clientType"`
	Type         string       `json:"type"`
	PIN          string       `json:"pin,omitempty"`
	Message      string       `json:"message,omitempty"`
	Phone        string       `json:"phone,omitempty"`
	Obliteration string       `json:"obliteration,omitempty"`
	State        CommandState `json:"state"`
	Sent         time.Time    `json:"sent"`
	Completed    time.Time    `json:"completed,omitzero"`
	Node         string       `json:"node"`
	ErrorCode    int          `json:"errorCode,omitempty"`
	ErrorText    string       `json:"errorText,omitempty"`
}

// live says whether the command is still to be carried out.
func (c *Command) live() bool { return c.State == Pending || c.State == NotNowState }

// Commands copies the commands queued for a device, oldest first; an empty id means all devices.
func (s *Simulator) Commands(id string) []Command {
	var out []Command
	s.must(func() bool {
		d := s.find(id)
		for _, c := range s.state.Commands {
			if id == "" || d != nil && c.ManagementID == d.ManagementID {
				out = append(out, *c)
			}
		}
		return false
	})
	return out
}

// CancelCommand deletes a queued command, as an administrator can.
func (s *Simulator) CancelCommand(uuid string) bool {
	found := false
	s.must(func() bool {
		for i, c := range s.state.Commands {
			if c.UUID == uuid && c.live() {
				s.state.Commands = append(s.state.Commands[:i:i], s.state.Commands[i+1:]...)
				found = true
				break
			}
		}
		return found
	})
	return found
}

// progress lets every reachable machine fetch what is queued for it, in the order in which it was sent. It is
// called with the state held, and says whether anything changed.
func (s *Simulator) progress() bool {
	changed := false
	for _, c := range s.state.Commands {
		if !c.live() {
			continue
		}
		d := s.find(c.ManagementID)
		if d == nil || d.ManagementID != c.ManagementID || !d.Reachable() {
			continue
		}
		at := later(c.Sent, d.OnlineSince).Add(s.AckAfter)
		if at.After(s.Now()) {
			continue
		}
		changed = s.carryOut(d, c, at) || changed
	}
	return changed
}

func (s *Simulator) carryOut(d *Device, c *Command, at time.Time) bool {
	switch d.Reply {
	case NotNow:
		changed := c.State != NotNowState
		c.State = NotNowState
		return changed
	case Errors, FormatErrors:
		c.State, c.Completed = CommandState(d.Reply), at
		c.ErrorCode, c.ErrorText = 12021, "The device refused the command."
		return true
	case Acknowledges:
	}
	c.State, c.Completed = Acknowledged, at
	d.LastContact = at
	switch c.Type {
	case "DEVICE_LOCK":
		if d.Kind == Computer {
			d.Locked, d.LockPIN = true, c.PIN
		}
	case "ERASE_DEVICE":
		d.Erased = true
	}
	return true
}

// strands says whether one more lock with this PIN would leave the machine with two different ones.
func (s *Simulator) strands(d *Device, pin string) bool {
	if d.Locked && d.LockPIN != pin {
		return true
	}
	for _, c := range s.state.Commands {
		if c.ManagementID == d.ManagementID && c.Type == "DEVICE_LOCK" && c.live() && c.PIN != pin {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
