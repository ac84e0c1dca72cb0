package jamf

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

const (
	whyLock   = "laptops of leavers would not be locked"
	whyFind   = "laptops of leavers would not be found, so neither locked nor asked back"
	whereRole = " in Jamf Pro: Settings, API roles and clients"
)

// need is a privilege the steps use, and what does not work without it.
type need struct {
	privilege, check string
	severity         activities.Severity
	why              string
}

var needs = []need{
	{readComputers, "read-computers", activities.FindingFailure, whyFind},
	{sendLock, "lock", activities.FindingFailure, whyLock + ", and this shows only when a lock is sent"},
	{viewCommands, "commands", activities.FindingFailure, "whether a laptop was locked could not be read back, and a lock could be sent twice with two PINs"},
	{viewLockPIN, "lock-pin", activities.FindingWarning, "the PIN of a lock that somebody else sent cannot be read"},
	{updateComputers, "stock", activities.FindingWarning, "laptops that came back would stay assigned to the leaver"},
	{sendErase, "erase", activities.FindingWarning, "laptops that came back could not be erased"},
	{readMobile, "read-mobile", activities.FindingWarning, "phones and tablets of leavers would not be listed"},
	{updateMobile, "update-mobile", activities.FindingWarning, "phones and tablets that came back would stay assigned to the leaver"},
}

// Examine looks over the connection to Jamf Pro by reading only; see [activities.JamfExamine].
func (s *System) Examine(ctx context.Context, _ activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("jamf")}
	if x.letIn(ctx) {
		x.inventory(ctx)
		x.privileges(ctx)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// letIn fetches a token and asks for the version, which any token may.
func (x examination) letIn(ctx context.Context) bool {
	answer, err := x.api.do(ctx, "", vendorhttp.Request{Method: http.MethodGet, Path: "/api/v1/jamf-pro-version"})
	if err != nil {
		x.Refused("let-in", activities.FindingFailure, err, whyFind)
		return false
	}
	x.OK("let-in", "Jamf Pro takes the API client's id and secret")
	x.Clock(answer.Header, x.cfg.Now())
	var v struct {
		Version string `json:"version"`
	}
	if answer.Decode(&v) != nil || v.Version == "" {
		return true
	}
	number, _, _ := strings.Cut(v.Version, "-")
	if olderThan(v.Version, 11, 23) {
		x.Fail("version", "Jamf Pro "+number+" is older than 11.23", "its API has not the endpoints for inventory and commands that Tenure uses: "+whyFind,
			"update Jamf Pro to 11.23 or newer, best to 11.30")
		return true
	}
	x.OK("version", "Jamf Pro %s, inventory %s", number, inventoryFor(v.Version))
	return true
}

// inventory reads one computer as the steps do.
func (x examination) inventory(ctx context.Context) {
	answer, err := x.api.inventoryCall(ctx, readComputers, vendorhttp.Request{Method: http.MethodGet, Path: "/computers-inventory",
		Query: url.Values{"page-size": {"1"}, "section": {"GENERAL", "USER_AND_LOCATION"}}})
	var page struct {
		Total int `json:"totalCount"`
	}
	if err == nil {
		err = unreadable(answer.Decode(&page))
	}
	switch {
	case err != nil:
		x.Refused("inventory", activities.FindingFailure, err, whyFind)
	case page.Total == 0:
		x.Warn("inventory", "Jamf shows no computers at all", whyFind,
			"if there are some, the API role is limited to another site: give the API client access to all sites")
	default:
		x.OK("inventory", "Jamf shows %d computers", page.Total)
	}
}

// privileges compares what the API role holds with what the steps need. What Jamf wants for a command shows only when
// one is sent, so that it is asked for beforehand.
func (x examination) privileges(ctx context.Context) {
	held, err := x.held(ctx)
	if err == nil && len(held) == 0 {
		err = activities.Problemf(activities.Unsupported, "Jamf names no privileges for this API client")
	}
	if err != nil {
		var all []string
		for _, n := range needs {
			all = append(all, n.privilege)
		}
		x.Warn("privileges", "the privileges of the API role cannot be read: "+activities.ProblemOf(err).Text,
			"one that is missing shows only when somebody leaves", "see that the API role holds each of these"+whereRole+": "+strings.Join(all, "; "))
		return
	}
	missing := 0
	for _, n := range needs {
		if slices.Contains(held, n.privilege) {
			continue
		}
		missing++
		f, mend := fmt.Sprintf("the API role lacks the privilege %q", n.privilege), "grant it"+whereRole
		if n.severity == activities.FindingFailure {
			x.Fail("privilege."+n.check, f, n.why, mend)
			continue
		}
		x.Warn("privilege."+n.check, f, n.why, mend)
	}
	if missing == 0 {
		x.OK("privileges", "the API role holds every privilege that Tenure uses, the lock command's too")
	}
}

// held lists the privileges of the API role, over all its sites.
func (x examination) held(ctx context.Context) ([]string, error) {
	var auth struct {
		Account struct {
			BySite map[string][]string `json:"privilegesBySite"`
		} `json:"account"`
	}
	if err := x.api.read(ctx, "", vendorhttp.Request{Method: http.MethodGet, Path: "/api/v1/auth"}, &auth); err != nil {
		return nil, err
	}
	var out []string
	for _, site := range auth.Account.BySite {
		out = append(out, site...)
	}
	return out, nil
}
