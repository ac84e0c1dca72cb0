package jamf

import (
	"context"
	"fmt"
	"time"

	"tenure/activities"
	"tenure/internal/pin"
	"tenure/internal/plan"
)

const (
	lockCommand  = "DEVICE_LOCK"
	eraseCommand = "ERASE_DEVICE"
)

// LockComputer has one computer locked with the PIN of this case, at most once. It adopts a lock of the case that
// is queued or carried out, sends one otherwise, and looks for some seconds whether the Mac acknowledges. The
// result is waiting while the Mac has not answered; verified when it acknowledged and Jamf keeps our PIN for it.
func (s *System) LockComputer(ctx context.Context, in activities.LockComputer) (activities.LockState, error) {
	return s.perform(ctx, in, func(dev computer, code string) (order, error) {
		if dev.Hardware.AppleSilicon && olderThan(dev.OS.Version, 11, 5) {
			return order{}, &activities.Problem{Type: activities.Unsupported,
				Text: "a Mac with Apple silicon and macOS " + dev.OS.Version + " ignores the lock PIN: it restarts into recovery and asks for an administrator",
				Mend: "update it to macOS 11.5 or later and retry the step, or collect the Mac by hand"}
		}
		data := map[string]any{"commandType": lockCommand, "pin": code, "message": in.Message}
		if s.cfg.Phone != "" {
			data["phoneNumber"] = s.cfg.Phone
		}
		return order{kind: lockCommand, need: sendLock, data: data}, nil
	})
}

// ReadLock reads what became of a lock or an erase, after an empty push when Wake is set.
func (s *System) ReadLock(ctx context.Context, in activities.ReadLock) (activities.LockState, error) {
	st := activities.LockState{Command: in.Command, Outcome: activities.Outcome{Step: in.Step, Account: in.Device.ID}}
	note := ""
	if in.Wake {
		if err := s.wake(ctx, in.Device); err != nil {
			note = "; it could not be woken: " + activities.ProblemOf(err).Text
		}
	}
	cmd, err := s.readAgain(ctx, in)
	if err == nil {
		st.Command = cmd.UUID
		st.Outcome, err = s.judge(ctx, in.CaseRef, in.Device, st.Outcome, cmd)
	}
	if err != nil {
		st.Outcome, err = settled(ctx, st.Outcome, err)
	}
	if st.Outcome.State == plan.Waiting {
		st.Outcome.Detail += note
	}
	return st, err
}

// readAgain reads the named command, for some seconds when a node of the cluster does not show it. One that stays
// away was cancelled in Jamf: then another command of the case counts, or somebody must act.
func (s *System) readAgain(ctx context.Context, in activities.ReadLock) (command, error) {
	for deadline := time.Now().Add(s.cfg.PollFor); ; {
		cmd, found, err := s.commandByID(ctx, in.Command)
		if err != nil || found {
			return cmd, err
		}
		if !time.Now().Before(deadline) {
			break
		}
		if err := pause(ctx, s.cfg.PollEvery); err != nil {
			return command{}, err
		}
	}
	list, err := s.commandsOf(ctx, in.Device, lockCommand)
	if err != nil {
		return command{}, err
	}
	if cmd, found := s.adoptable(list, in.Opened); found && in.Step.Action() == plan.JamfLock {
		return cmd, nil
	}
	return command{}, &activities.Problem{Type: activities.NotFound, Text: "Jamf does not show the command any more: it was cancelled there",
		Mend: "retry the step: it is sent again with the same PIN"}
}

// perform runs the part that a lock and an erase share.
func (s *System) perform(ctx context.Context, in activities.LockComputer, prepare func(computer, string) (order, error)) (activities.LockState, error) {
	st := activities.LockState{Outcome: activities.Outcome{Step: in.Step, Account: in.Device.ID}}
	if in.Device.Kind == plan.Mobile {
		st.Outcome.State = plan.NotApplicable
		st.Outcome.Detail = "a phone or tablet takes no lock PIN: its user's passcode protects it; lost mode is set in Jamf by hand"
		return st, nil
	}
	o, outcome, err := s.prepared(ctx, in, st.Outcome, prepare)
	if err != nil || outcome.State != "" {
		st.Outcome = outcome
		return st, err
	}
	cmd, adopted, err := s.adoptOrSend(ctx, o)
	if err == nil {
		st.Command, st.Adopted = cmd.UUID, adopted
		cmd, err = s.await(ctx, cmd)
	}
	if err == nil {
		st.Outcome, err = s.judge(ctx, in.CaseRef, o.device, st.Outcome, cmd)
	}
	if err != nil {
		st.Outcome, err = settled(ctx, st.Outcome, err)
	}
	return st, err
}

// prepared reads the computer as it is now and the PIN of this case, and makes the order. An outcome with a state
// says that nothing is to be sent.
func (s *System) prepared(ctx context.Context, in activities.LockComputer, o activities.Outcome, prepare func(computer, string) (order, error)) (order, activities.Outcome, error) {
	var ord order
	dev, err := s.computer(ctx, in.Device.ID)
	if err == nil {
		err = sameMachine(dev, in.Device, in.Opened.Add(s.cfg.ClockSkew))
	}
	if err == nil && !dev.General.RemoteManagement.Managed {
		o.State, o.Detail = plan.NotApplicable, "the Mac is not managed by Jamf any more: no command reaches it"
		return ord, o, nil
	}
	code := ""
	if err == nil {
		code, err = s.pinOf(ctx, in.CaseRef, in.Device.Serial)
	}
	if err == nil {
		ord, err = prepare(dev, code)
	}
	if err != nil {
		o, err = settled(ctx, o, err)
		return ord, o, err
	}
	ord.device, ord.since = dev.device(), in.Opened
	return ord, o, nil
}

// sameMachine refuses a record that is not, or no longer, the machine the plan means: after a new enrolment it may
// be the next person's.
func sameMachine(now computer, planned plan.Device, opened time.Time) error {
	refuse := func(text string) error {
		return &activities.Problem{Type: activities.Conflict, Text: text,
			Mend: "find out in Jamf who has the Mac with serial " + planned.Serial + " now; nothing was sent to it"}
	}
	switch {
	case now.Hardware.Serial != planned.Serial:
		return refuse("Jamf's record " + planned.ID + " is another machine now")
	case now.General.LastEnrolled.After(opened):
		return refuse("the Mac was enrolled anew on " + now.General.LastEnrolled.Format(time.DateOnly) + ", after the case began")
	case planned.ManagementID != "" && now.General.ManagementID != planned.ManagementID:
		return refuse("the Mac has been enrolled anew since the plan was made")
	}
	return nil
}

// pinOf asks the vault. The PIN is checked because a Mac takes exactly six digits.
func (s *System) pinOf(ctx context.Context, ref activities.CaseRef, serial string) (string, error) {
	code, err := s.vault.PIN(ctx, ref.Case, serial)
	if err != nil {
		return "", &activities.Problem{Type: activities.Unavailable, Text: "the PIN vault did not answer; nothing was sent: " + err.Error(), Cause: err}
	}
	if err := pin.Valid(code); err != nil {
		return "", &activities.Problem{Type: activities.InvalidInput, Text: "the PIN vault holds no usable PIN for this Mac: " + err.Error(),
			Mend: "remove the vault's entry for the serial number and retry the step"}
	}
	return code, nil
}

// judge says what a command's state means for the step.
func (s *System) judge(ctx context.Context, ref activities.CaseRef, dev plan.Device, o activities.Outcome, cmd command) (activities.Outcome, error) {
	o.Executed = cmd.Sent.Time
	switch {
	case cmd.refused():
		return activities.NeedsPerson(o, refusal(cmd)), nil
	case cmd.state() != acknowledged:
		return s.waiting(o, dev, ref, cmd), nil
	case cmd.Type == eraseCommand:
		return s.verifyErase(ctx, dev, o, cmd)
	}
	return s.verifyLock(ctx, ref, dev, o, cmd)
}

func refusal(cmd command) error {
	text := "the Mac refused the command (" + cmd.state() + ")"
	if cmd.Error != nil {
		text = fmt.Sprintf("%s: %d %s", text, cmd.Error.Code, cmd.Error.Text)
	}
	return &activities.Problem{Type: activities.Conflict, Text: text,
		Mend: "look at the Mac's management history in Jamf, then retry the step: it is sent again with the same PIN"}
}

func (s *System) waiting(o activities.Outcome, dev plan.Device, ref activities.CaseRef, cmd command) activities.Outcome {
	o.State = plan.Waiting
	o.Detail = "queued in Jamf (" + cmd.state() + "): the Mac carries it out when it is next online"
	if !dev.LastContact.IsZero() {
		o.Detail += "; last contact " + dev.LastContact.Format(time.RFC3339)
	}
	if !ref.Opened.IsZero() && cmd.Sent.Before(ref.Opened.Truncate(time.Second).Add(-s.cfg.ClockSkew)) {
		o.Detail += "; it was queued before this case began, and a second one would strand the Mac"
	}
	return o
}

// verifyLock compares the PIN that Jamf keeps for the Mac with ours, by a separate read.
func (s *System) verifyLock(ctx context.Context, ref activities.CaseRef, dev plan.Device, o activities.Outcome, cmd command) (activities.Outcome, error) {
	ours, err := s.pinOf(ctx, ref, dev.Serial)
	if err != nil {
		return o, err
	}
	kept, err := s.lockPIN(ctx, dev.ID)
	if err != nil && activities.ProblemOf(err).Retryable() {
		return o, err
	}
	o.ReadBack = "DEVICE_LOCK " + cmd.UUID + " " + cmd.state()
	switch {
	case err != nil && activities.ProblemOf(err).Type == activities.Forbidden:
		o.ReadBack += "; only the acknowledgement was read: the privilege \"" + viewLockPIN + "\" is missing"
	case err != nil:
		return mismatch(o, "Jamf keeps no lock PIN for the Mac that could be compared"), nil
	case kept != ours:
		return mismatch(o, "the Mac is locked, but with another PIN than this case's: somebody else sent a lock too"), nil
	default:
		o.ReadBack += "; the PIN in Jamf is this case's"
	}
	o.State, o.Verified = plan.Verified, s.cfg.Now().UTC()
	o.Detail = "locked with its own PIN"
	return o, nil
}

func mismatch(o activities.Outcome, text string) activities.Outcome {
	o.State, o.Problem, o.Detail = plan.Unverified, activities.Conflict, text
	o.Mend = "look at the Mac's device lock PIN in Jamf before anybody types one; send no further lock"
	return o
}
