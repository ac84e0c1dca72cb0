package jamf

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// order is one command to have queued on one computer, at most once per case.
type order struct {
	kind   string // DEVICE_LOCK
	need   string // privilege for sending it
	device plan.Device
	since  time.Time      // when the case began
	data   map[string]any // commandData
}

// adoptOrSend finds the command of this case, or sends it. Sending is never the answer to an unclear answer: after
// one, Jamf is asked what it has queued, and the next attempt asks again before it sends.
func (s *System) adoptOrSend(ctx context.Context, o order) (cmd command, adopted bool, err error) {
	cmd, found, err := s.lookBeforeSending(ctx, o)
	if err != nil || found {
		return cmd, found, err
	}
	cmd, err = s.send(ctx, o)
	if err == nil || !maybeQueued(err) {
		return cmd, false, err
	}
	list, listErr := s.commandsOf(ctx, o.device, o.kind)
	if listErr != nil {
		return command{}, false, err
	}
	if cmd, found = s.adoptable(list, o.since); found {
		return cmd, true, nil
	}
	return command{}, false, err
}

// lookBeforeSending looks for a command of this case. A retry looks for some seconds: the attempt before it may
// have queued one that this node of Jamf's cluster does not show yet.
func (s *System) lookBeforeSending(ctx context.Context, o order) (command, bool, error) {
	deadline := time.Now()
	if activity.IsActivity(ctx) && activity.GetInfo(ctx).Attempt > 1 {
		deadline = deadline.Add(s.cfg.Settle)
	}
	for {
		list, err := s.commandsOf(ctx, o.device, o.kind)
		if err != nil {
			return command{}, false, err
		}
		if cmd, found := s.adoptable(list, o.since); found || !time.Now().Before(deadline) {
			return cmd, found, nil
		}
		if err := pause(ctx, s.cfg.PollEvery); err != nil {
			return command{}, false, err
		}
	}
}

// adoptable picks the command that stands for this case, if there is one: one that was carried out, else one that
// is still open. An open command older than the case is adopted too, because a second PIN beside it would strand
// the Mac; one carried out before the case is history. A refused one allows another POST.
func (s *System) adoptable(newestFirst []command, since time.Time) (command, bool) {
	from := since.Truncate(time.Second).Add(-s.cfg.ClockSkew)
	var open *command
	for i, c := range newestFirst {
		switch {
		case c.state() == acknowledged && !c.Sent.Before(from):
			return c, true
		case c.open() && open == nil:
			open = &newestFirst[i]
		}
	}
	if open != nil {
		return *open, true
	}
	return command{}, false
}

// maybeQueued says whether a failed POST can have left a command behind. Some MDM servers answer 400 to a second
// lock while one is pending.
func maybeQueued(err error) bool {
	switch activities.ProblemOf(err).Type {
	case activities.Unavailable, activities.InvalidInput, activities.Conflict:
		return true
	}
	return false
}

func (s *System) send(ctx context.Context, o order) (command, error) {
	now := s.cfg.Now()
	var queued []struct{ ID string }
	err := s.api.read(ctx, o.need, vendorhttp.Request{Method: http.MethodPost, Path: "/api/v2/mdm/commands", JSON: map[string]any{
		"clientData":  []map[string]string{{"managementId": o.device.ManagementID}},
		"commandData": o.data,
	}}, &queued)
	if err == nil && (len(queued) != 1 || queued[0].ID == "") {
		err = activities.Problemf(activities.Unavailable, "Jamf accepted the command but did not name it")
	}
	if err != nil {
		return command{}, err
	}
	return command{UUID: queued[0].ID, Sent: instant{now}, State: pending, Type: o.kind}, nil
}

// commandsOf lists the commands of a kind sent to a device, newest first.
func (s *System) commandsOf(ctx context.Context, d plan.Device, kind string) ([]command, error) {
	return s.commands(ctx, "clientManagementId=="+plain(d.ManagementID)+";command=="+kind)
}

// commandByID reads one command. found is false when Jamf does not show it.
func (s *System) commandByID(ctx context.Context, uuid string) (cmd command, found bool, err error) {
	list, err := s.commands(ctx, "uuid=="+plain(uuid))
	if err != nil || len(list) == 0 {
		return command{}, false, err
	}
	return list[0], true, nil
}

func (s *System) commands(ctx context.Context, filter string) ([]command, error) {
	var page listing[command]
	err := s.api.read(ctx, viewCommands, vendorhttp.Request{Method: http.MethodGet, Path: "/api/v2/mdm/commands",
		Query: url.Values{"page": {"0"}, "page-size": {strconv.Itoa(pageSize)}, "sort": {"dateSent:desc"}, "filter": {filter}}}, &page)
	return page.Results, err
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// plain writes an id into a filter as Jamf's own examples do, and quotes anything that is no plain id.
func plain(id string) string {
	if plainWord.MatchString(id) {
		return id
	}
	return `"` + rsqlEscape.Replace(id) + `"`
}

// await looks at a command for some seconds, so that a Mac that is online is seen to answer within the attempt.
func (s *System) await(ctx context.Context, cmd command) (command, error) {
	for deadline := time.Now().Add(s.cfg.PollFor); cmd.open(); {
		now, found, err := s.commandByID(ctx, cmd.UUID)
		if err != nil {
			return cmd, err
		}
		if found {
			cmd = now
		}
		if !cmd.open() || !time.Now().Before(deadline) {
			break
		}
		if err := pause(ctx, s.cfg.PollEvery); err != nil {
			return cmd, err
		}
	}
	return cmd, nil
}

// wake sends an empty push, which makes a Mac that sleeps ask for its commands. It is harmless to repeat.
func (s *System) wake(ctx context.Context, d plan.Device) error {
	var out struct {
		Failed []string `json:"errorUuids"`
	}
	err := s.api.read(ctx, viewCommands, vendorhttp.Request{Method: http.MethodPost, Path: "/api/v2/mdm/blank-push",
		JSON: map[string]any{"clientManagementIds": []string{d.ManagementID}}}, &out)
	if err == nil && len(out.Failed) > 0 {
		err = activities.Problemf(activities.Conflict, "Jamf could not push to the Mac")
	}
	return err
}
