package jamf

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// EraseComputer has one computer erased, at most once. It never lets the Mac obliterate itself: a Mac with Apple
// silicon would then need a second Mac to be revived. A locked Mac answers nobody, so the erase waits until
// somebody has typed the PIN.
func (s *System) EraseComputer(ctx context.Context, in activities.LockComputer) (activities.LockState, error) {
	return s.perform(ctx, in, func(_ computer, code string) (order, error) {
		// Without a PIN Jamf answers 500, even where the Mac will ignore it.
		return order{kind: eraseCommand, need: sendErase, data: map[string]any{"commandType": eraseCommand, "pin": code,
			"obliterationBehavior": "DoNotObliterate", "preserveDataPlan": false, "disallowProximitySetup": false}}, nil
	})
}

// verifyErase proves an erase that the Mac acknowledged. Acknowledged means begun, not finished: it is finished
// when the Mac has enrolled anew, or has stayed silent since.
func (s *System) verifyErase(ctx context.Context, dev plan.Device, o activities.Outcome, cmd command) (activities.Outcome, error) {
	now, err := s.computer(ctx, dev.ID)
	if err != nil && activities.ProblemOf(err).Type != activities.NotFound {
		return o, err
	}
	done, contact := cmd.Completed.Time, now.lastContact()
	o.ReadBack = "ERASE_DEVICE " + cmd.UUID + " " + cmd.state()
	switch quiet := s.cfg.Now().Sub(done); {
	case err != nil:
		o.ReadBack += "; the record is gone from Jamf"
	case now.General.LastEnrolled.After(done):
		o.ReadBack += "; enrolled anew " + now.General.LastEnrolled.Format(time.RFC3339)
	case contact.After(done.Add(s.cfg.EraseQuiet)):
		o.State, o.Problem, o.Detail = plan.Unverified, activities.Conflict, "the Mac acknowledged the erase but still talks to Jamf under its old enrolment"
		o.Mend = "look at the Mac: erase it by hand"
		return o, nil
	case quiet < s.cfg.EraseQuiet:
		o.State, o.Detail = plan.Waiting, "the Mac has begun to erase itself"
		return o, nil
	default:
		o.ReadBack += "; silent since " + contact.Format(time.RFC3339)
	}
	o.State, o.Verified, o.Detail = plan.Verified, s.cfg.Now().UTC(), "erased"
	return o, nil
}

// lockPIN reads the PIN that Jamf keeps for a computer.
func (s *System) lockPIN(ctx context.Context, id string) (string, error) {
	answer, err := s.api.inventoryCall(ctx, viewLockPIN, vendorhttp.Request{Method: http.MethodGet,
		Path: "/computers-inventory/" + url.PathEscape(id) + "/view-device-lock-pin"})
	if err != nil {
		return "", err
	}
	var kept struct {
		PIN string `json:"pin"`
	}
	// The answer is never quoted: it holds a PIN.
	if answer.Decode(&kept) != nil || kept.PIN == "" {
		return "", &activities.Problem{Type: activities.NotFound, Text: "Jamf keeps no lock PIN for the computer"}
	}
	return kept.PIN, nil
}
