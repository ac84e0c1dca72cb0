package namely

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

const (
	whyHR      = "nobody who joins or leaves would be noticed"
	mendOwner  = "keep an administrator profile for integrations that signs in by password, make the token with it, and put it into namely.token"
	mendFields = "give the role of the token's owner the right to see the field (Namely: Company, Access roles), or make the token with an administrator profile"
)

// Examine looks over the connection to Namely by reading only; see [activities.NamelyExamine]. It makes two requests
// to /profiles, which Namely counts.
func (s *System) Examine(ctx context.Context, in activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("namely")}
	if x.profiles(ctx, in.LeaveField) {
		x.owner(ctx)
		x.places(ctx)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// fetch makes one request, in its turn where Namely counts it.
func (x examination) fetch(ctx context.Context, path string, query url.Values, into any) (http.Header, error) {
	if strings.HasPrefix(path, "/profiles") {
		if err := x.pace.take(ctx); err != nil {
			return nil, err
		}
	}
	answer, err := x.api.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return nil, problemOf(err, x.now())
	}
	if json.Unmarshal(answer.Body, into) != nil { // the decoder's words may quote the body
		return nil, &activities.Problem{Type: activities.Unavailable, Text: "Namely's answer to " + path + " is not the expected JSON",
			Mend: "check the Namely domain: a page for people answers there"}
	}
	return answer.Header, nil
}

// there notes that a field is in a profile, and drops what it says: profiles hold pay and health data.
type there struct{}

// UnmarshalJSON drops everything.
func (there) UnmarshalJSON([]byte) error { return nil }

// profiles reads one page and looks at which fields the token may see.
func (x examination) profiles(ctx context.Context, leaveField string) bool {
	var page struct {
		Profiles []map[string]there `json:"profiles"`
		Meta     struct {
			Total int `json:"total_count"`
		} `json:"meta"`
	}
	header, err := x.fetch(ctx, "/profiles", url.Values{"page": {"1"}, "per_page": {"50"}}, &page)
	if err != nil {
		x.Refused("let-in", activities.FindingFailure, err, whyHR)
		if activities.ProblemOf(err).Type == activities.Forbidden {
			x.signIn(ctx)
		}
		return false
	}
	x.OK("let-in", "Namely lets us in at %s", x.api.Base)
	x.Clock(header, x.now())
	total := max(page.Meta.Total, len(page.Profiles))
	if total <= 1 {
		x.Fail("profiles", map[int]string{0: "Namely shows no profiles", 1: "Namely shows one profile alone"}[total], "a token whose role sees its owner alone looks like a company that everybody has left: polls are discarded, and "+whyHR,
			mendFields)
	} else {
		x.OK("profiles", "Namely shows %d profiles", total)
	}
	if len(page.Profiles) > 0 {
		x.fields(page.Profiles, leaveField)
	}
	return true
}

// field is one that a role may be kept from seeing, and what does not work without it.
type field struct {
	name     string
	severity activities.Severity
	why      string
}

var fields = []field{
	{"departure_date", activities.FindingFailure, "nobody's last day would be known: people would be offboarded only after HR has set them inactive"},
	{"start_date", activities.FindingWarning, "a rehire could not be told from a mistake that was taken back"},
	{"reports_to", activities.FindingWarning, "no manager would be known: every mailbox would go to the custodian"},
	{"employee_id", activities.FindingWarning, "people would have no employee number, and accounts could be matched by address alone"},
	{"employee_type", activities.FindingWarning, "contractors could not be told from employees"},
	{"home", activities.FindingWarning, "no box could be sent for a laptop"},
	{"personal_email", activities.FindingWarning, "a leaver could not be reminded of the laptop after the work address is gone"},
	{"links", activities.FindingWarning, "department and office would not be known: heirs and time zones come from them"},
}

// fields tells a field the token may not see, which is missing from every profile, from one that is blank.
func (x examination) fields(profiles []map[string]there, leaveField string) {
	wanted := fields
	if leaveField != "" {
		wanted = append(slices.Clone(fields), field{leaveField, activities.FindingWarning,
			"feed.leave.field of the policy names it: people on leave would not be told from those at work"})
	}
	missing := 0
	for _, f := range wanted {
		seen := slices.ContainsFunc(profiles, func(p map[string]there) bool { _, ok := p[f.name]; return ok })
		if seen {
			continue
		}
		missing++
		text := fmt.Sprintf("none of the %d profiles that were read has the field %s: the token may not see it", len(profiles), f.name)
		if f.severity == activities.FindingFailure {
			x.Fail("field."+f.name, text, f.why, mendFields)
			continue
		}
		x.Warn("field."+f.name, text, f.why, mendFields)
	}
	if missing == 0 {
		x.OK("fields", "the token sees every field that Tenure reads, departure_date among them")
	}
}

// owner looks at the profile the token belongs to: when it goes inactive, every call is refused.
func (x examination) owner(ctx context.Context) {
	const why = "a token ends with its owner: every call is refused from that moment, and " + whyHR
	var me struct {
		Profiles []struct {
			ID        text `json:"id"`
			Status    text `json:"user_status"`
			Departure text `json:"departure_date"`
		} `json:"profiles"`
	}
	_, err := x.fetch(ctx, "/profiles/me", nil, &me)
	switch {
	case err != nil:
		x.Unread("token-owner", "the profile of the token's owner", err, why)
	case len(me.Profiles) == 0:
		x.Warn("token-owner", "Namely shows no profile of the token's owner", why, mendOwner)
	case me.Profiles[0].Status.Value != "active":
		x.Fail("token-owner", "the token's owner is "+me.Profiles[0].Status.Value+" in Namely", why, mendOwner)
	case me.Profiles[0].Departure.Value != "":
		x.Fail("token-owner", "the token's owner leaves: the last day is "+me.Profiles[0].Departure.Value, why, mendOwner)
	default:
		x.OK("token-owner", "the token's owner is active and does not leave (profile %s)", me.Profiles[0].ID.Value)
	}
}

// places looks for departments and office locations, which are groups in Namely.
func (x examination) places(ctx context.Context) {
	const why = "custodians, time zones and the guard against mass changes go by department and office"
	found, err := x.readGroups(ctx)
	if err != nil {
		x.Unread("groups", "departments and offices", err, why)
		return
	}
	count := map[kind]int{}
	for _, g := range found {
		count[g.kind]++
	}
	if count[department] == 0 || count[office] == 0 {
		x.Warn("groups", fmt.Sprintf("Namely shows %d departments and %d office locations", count[department], count[office]), why,
			"make them in Namely (Company, Groups) with the group types Department and Office Location, or give the token's owner the right to see groups")
		return
	}
	x.OK("groups", "Namely shows %d departments and %d office locations", count[department], count[office])
}

// signIn says how the company signs in, which needs no token: the owner of a token must do so by password.
func (x examination) signIn(ctx context.Context) {
	var info struct {
		Companies []struct {
			Methods []struct {
				Type text `json:"type"`
			} `json:"authentications"`
		} `json:"companies"`
	}
	if _, err := x.fetch(ctx, "/companies/info", nil, &info); err != nil || len(info.Companies) == 0 {
		return
	}
	var sso []string
	for _, m := range info.Companies[0].Methods {
		if m.Type.Value != "" && m.Type.Value != "email_password" {
			sso = append(sso, m.Type.Value)
		}
	}
	if len(sso) > 0 {
		x.Warn("sign-in", "the company signs in by "+strings.Join(sso, ", "), "Namely refuses the token of an owner who signs in by SSO, as invalid", mendOwner)
	}
}
