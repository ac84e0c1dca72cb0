package googlesim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The application ids the vendor is known to use.
const (
	DriveApp    = "55656082996"
	CalendarApp = "435070579839"
	lookerApp   = "810260081642"
)

type wireParam struct {
	Key   string   `json:"key"`
	Value []string `json:"value"`
}

type wireApplication struct {
	Kind   string      `json:"kind"`
	ID     string      `json:"id"` // 64-bit ids travel as strings
	Name   string      `json:"name"`
	Params []wireParam `json:"transferParams,omitempty"`
}

func (s *Simulator) applications() []wireApplication {
	const kind = "admin#datatransfer#ApplicationResource"
	all := []wireApplication{
		{kind, DriveApp, "Drive and Docs", []wireParam{{"PRIVACY_LEVEL", []string{"PRIVATE", "SHARED"}}}},
		{kind, CalendarApp, "Calendar", []wireParam{{"RELEASE_RESOURCES", []string{"TRUE"}}}},
		{kind, lookerApp, "Looker Studio", nil},
	}
	return slices.DeleteFunc(all, func(a wireApplication) bool { return s.state.NoApps[a.ID] })
}

func (s *Simulator) listApplications(c *call) answer {
	part, next := page(c.r, s.applications(), 500, 500)
	return listing("applications", part, next)
}

type wireTransfer struct {
	Kind      string            `json:"kind"`
	ID        string            `json:"id,omitempty"`
	Old       string            `json:"oldOwnerUserId"`
	New       string            `json:"newOwnerUserId"`
	Apps      []wireTransferApp `json:"applicationDataTransfers"`
	Status    string            `json:"overallTransferStatusCode,omitempty"`
	Requested string            `json:"requestTime,omitempty"`
}

type wireTransferApp struct {
	ID     string      `json:"applicationId"`
	Params []wireParam `json:"applicationTransferParams,omitempty"`
	Status string      `json:"applicationTransferStatus,omitempty"`
}

func showTransfer(t *Transfer) wireTransfer {
	w := wireTransfer{Kind: "admin#datatransfer#DataTransfer", ID: t.ID, Old: t.From, New: t.To, Status: t.Status, Requested: stamp(t.Requested)}
	for _, a := range t.Apps {
		app := wireTransferApp{ID: a.ID, Status: a.Status}
		for k, v := range a.Params {
			app.Params = append(app.Params, wireParam{k, v})
		}
		w.Apps = append(w.Apps, app)
	}
	return w
}

func (s *Simulator) getTransfer(c *call) answer {
	for _, t := range s.state.Transfers {
		if t.ID == c.path("id") {
			return ok(showTransfer(t))
		}
	}
	return notFound("dataTransferId")
}

func (s *Simulator) listTransfers(c *call) answer {
	q := c.r.URL.Query()
	if id := q.Get("customerId"); id != "" && id != "my_customer" && id != CustomerID {
		return refuse(http.StatusForbidden, "forbidden", "Not Authorized to access this resource/api")
	}
	var out []wireTransfer
	for _, t := range slices.Backward(s.state.Transfers) {
		if s.Now().Before(t.Requested.Add(s.TransferLag)) ||
			!either(q.Get("oldOwnerUserId"), t.From) || !either(q.Get("newOwnerUserId"), t.To) || !either(q.Get("status"), t.Status) {
			continue
		}
		out = append(out, showTransfer(t))
	}
	part, next := page(c.r, out, 100, 500)
	return listing("dataTransfers", part, next)
}

func either(want, have string) bool { return want == "" || strings.EqualFold(want, have) }

// insertTransfer makes a job, and another one for each repeat: the vendor has no idempotency here.
func (s *Simulator) insertTransfer(c *call) answer {
	var body wireTransfer
	if !c.body(&body) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if refused := s.checkOwners(body); refused != nil {
		return *refused
	}
	t := &Transfer{ID: "xfer" + s.nextID(), From: body.Old, To: body.New, Requested: s.Now(), Status: "new"}
	for _, a := range body.Apps {
		if !slices.ContainsFunc(s.applications(), func(w wireApplication) bool { return w.ID == a.ID }) {
			return invalid("Invalid Input: applicationId")
		}
		app := TransferApp{ID: a.ID, Params: map[string][]string{}, Status: "pending"}
		for _, p := range a.Params {
			app.Params[p.Key] = p.Value
		}
		t.Apps = append(t.Apps, app)
	}
	s.state.Transfers = append(s.state.Transfers, t)
	return changed(showTransfer(t))
}

func (s *Simulator) checkOwners(body wireTransfer) *answer {
	from, to := s.state.Users[body.Old], s.state.Users[body.New]
	switch {
	case body.Old == body.New || len(body.Apps) == 0:
		return refusedBecause(invalid("Invalid Input"))
	case from == nil || to == nil || !from.Deleted.IsZero() || !to.Deleted.IsZero():
		return refusedBecause(notFound("userId")) // addresses are not ids
	case to.Suspended:
		return refusedBecause(invalid("Invalid Input: newOwnerUserId"))
	}
	return nil
}

// advance brings every job, and every account that another system makes, to where the clock says it is.
func (s *Simulator) advance() {
	now := s.Now()
	s.arrive(now)
	for _, t := range s.state.Transfers {
		switch age := now.Sub(t.Requested); {
		case t.Settled:
		case age >= s.TransferTime:
			s.finish(t)
		case age >= s.TransferTime/4:
			setStatus(t, "inProgress", "inProgress")
		}
	}
}

func setStatus(t *Transfer, overall, each string) {
	t.Status = overall
	for i := range t.Apps {
		t.Apps[i].Status = each
	}
}

// finish ends a job: it fails where a test says so, and where the destination cannot take anything.
func (s *Simulator) finish(t *Transfer) {
	setStatus(t, "completed", "completed")
	t.Settled = true
	from, to := s.state.Users[t.From], s.state.Users[t.To]
	blocked := from == nil || to == nil || !from.Deleted.IsZero() || to.Suspended || !to.Deleted.IsZero()
	for i, a := range t.Apps {
		if blocked || s.state.FailApps[a.ID] {
			t.Apps[i].Status, t.Status = "failed", "failed"
			continue
		}
		if a.ID == DriveApp {
			moveFiles(from, to, a.Params["PRIVACY_LEVEL"])
		}
	}
}

// moveFiles moves only what the privacy levels name; without any, private files stay behind.
func moveFiles(from, to *User, levels []string) {
	private := slices.Contains(levels, "PRIVATE")
	shared := slices.Contains(levels, "SHARED") || len(levels) == 0
	var kept []File
	for _, f := range from.Files {
		if f.Shared && shared || !f.Shared && private {
			to.Files = append(to.Files, File{Name: f.Name, Shared: f.Shared, From: from.ID})
			continue
		}
		kept = append(kept, f)
	}
	from.Files = kept
}

// FailTransfers makes every later end of a transfer of this application a failure, or lets it succeed again.
func (s *Simulator) FailTransfers(appID string, fail bool) {
	s.locked(func() {
		if s.state.FailApps == nil {
			s.state.FailApps = map[string]bool{}
		}
		s.state.FailApps[appID] = fail
	})
}

// RemoveApplication takes an application out of the transferable ones, as when its service is off.
func (s *Simulator) RemoveApplication(appID string) {
	s.locked(func() {
		if s.state.NoApps == nil {
			s.state.NoApps = map[string]bool{}
		}
		s.state.NoApps[appID] = true
	})
}

// AddTransfer seeds a job, requested at an instant, between two accounts given by id or address.
func (s *Simulator) AddTransfer(from, to string, requested time.Time, apps ...string) (id string) {
	s.locked(func() {
		t := &Transfer{ID: "xfer" + s.nextID(), From: s.mustUser(from).ID, To: s.mustUser(to).ID, Requested: requested.UTC(), Status: "new"}
		for _, a := range apps {
			t.Apps = append(t.Apps, TransferApp{ID: a, Status: "pending"})
		}
		s.state.Transfers = append(s.state.Transfers, t)
		s.advance()
		id = t.ID
	})
	return id
}
