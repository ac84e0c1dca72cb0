package jamf

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

const (
	pageSize = 100
	maxPages = 20 // a person with 2,000 devices is a filter that did not filter
)

var computerSections = []string{"GENERAL", "HARDWARE", "USER_AND_LOCATION", "OPERATING_SYSTEM"}

// FindDevices lists the computers and mobile devices that Jamf's inventory gives to the person, computers first.
// Jamf's answer is compared again here, because its matching depends on the database's collation: a record belongs
// to the person when its mail address is theirs, or when it has none and its user name is their address.
func (s *System) FindDevices(ctx context.Context, in activities.Identity) (plan.DeviceFacts, error) {
	who := strings.TrimSpace(in.Email)
	if !strings.Contains(who, "@") {
		// An empty address would match every device that nobody is assigned to.
		return plan.DeviceFacts{}, activities.Classify(&activities.Problem{Type: activities.InvalidInput,
			Text: "identity.email is empty or no mail address: devices are found by it", Mend: "set the person's work address in HR"})
	}
	computers, err := s.findComputers(ctx, who)
	if err != nil {
		return plan.DeviceFacts{}, activities.Ended(ctx, err)
	}
	phones, err := s.findMobile(ctx, who)
	if err != nil {
		return plan.DeviceFacts{}, activities.Ended(ctx, err)
	}
	return plan.DeviceFacts{Devices: append(computers, phones...)}, nil
}

func (s *System) findComputers(ctx context.Context, who string) ([]plan.Device, error) {
	q := url.Values{"section": computerSections, "sort": {"id:asc"},
		"filter": {s.assigned("userAndLocation.email", "userAndLocation.username", who)}}
	return collect(q, func(q url.Values) ([]computer, int, error) {
		var page listing[computer]
		answer, err := s.api.inventoryCall(ctx, readComputers, vendorhttp.Request{Method: http.MethodGet, Path: "/computers-inventory", Query: q})
		if err == nil {
			err = unreadable(answer.Decode(&page))
		}
		return page.Results, page.TotalCount, err
	}, func(c computer) (plan.Device, bool) {
		return c.device(), s.belongs(c.User.Email, c.User.Username, who)
	})
}

func (s *System) findMobile(ctx context.Context, who string) ([]plan.Device, error) {
	// LENIENT: one broken record must not turn the whole list into a 500.
	q := url.Values{"section": {"GENERAL", "HARDWARE", "USER_AND_LOCATION"}, "exception-handling": {"LENIENT"},
		"filter": {s.assigned("emailAddress", "username", who)}}
	return collect(q, func(q url.Values) ([]mobile, int, error) {
		var page listing[mobile]
		err := s.api.read(ctx, readMobile, vendorhttp.Request{Method: http.MethodGet, Path: "/api/v2/mobile-devices/detail", Query: q}, &page)
		return page.Results, page.TotalCount, err
	}, func(m mobile) (plan.Device, bool) {
		return m.device(), s.belongs(m.User.Email, m.User.Username, who)
	})
}

type listing[T any] struct {
	TotalCount int `json:"totalCount"`
	Results    []T `json:"results"`
}

// collect reads every page and keeps what belongs to the person, each device once.
func collect[T any](q url.Values, read func(url.Values) ([]T, int, error), keep func(T) (plan.Device, bool)) ([]plan.Device, error) {
	var out []plan.Device
	seen, rows := map[string]bool{}, 0
	q.Set("page-size", strconv.Itoa(pageSize))
	for page := range maxPages {
		q.Set("page", strconv.Itoa(page))
		results, total, err := read(q)
		if err != nil {
			return nil, err
		}
		for _, row := range results {
			if d, mine := keep(row); mine && !seen[d.ID] {
				seen[d.ID] = true
				out = append(out, d)
			}
		}
		if rows += len(results); len(results) == 0 || rows >= total {
			return out, nil
		}
	}
	return nil, &activities.Problem{Type: activities.Ambiguous, Text: "Jamf gives more than 2000 devices to one address",
		Mend: "check the assigned users in Jamf's inventory"}
}

// assigned is the filter for the devices of an address.
func (s *System) assigned(emailField, userField, who string) string {
	filter := equals(emailField, who) + "," + equals(userField, who)
	if short, ok := s.shortName(who); ok {
		filter += "," + equals(userField, short)
	}
	return filter
}

// belongs compares one record with the person's address. A mail address in the record wins over its user name, so
// that a record with another person's address is never theirs.
func (s *System) belongs(email, username, who string) bool {
	if email = strings.TrimSpace(email); email != "" {
		return strings.EqualFold(email, who)
	}
	username = strings.TrimSpace(username)
	short, ok := s.shortName(who)
	return strings.EqualFold(username, who) || ok && strings.EqualFold(username, short)
}

// shortName is the user name of an address in the configured domain.
func (s *System) shortName(who string) (string, bool) {
	local, domain, _ := strings.Cut(who, "@")
	return local, s.cfg.UserDomain != "" && strings.EqualFold(domain, s.cfg.UserDomain)
}

var rsqlEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// equals is one RSQL comparison with its value quoted.
func equals(field, value string) string {
	return field + `=="` + rsqlEscape.Replace(value) + `"`
}

// computer reads one computer's record.
func (s *System) computer(ctx context.Context, id string, more ...string) (computer, error) {
	var c computer
	answer, err := s.api.inventoryCall(ctx, readComputers, vendorhttp.Request{Method: http.MethodGet,
		Path: "/computers-inventory/" + url.PathEscape(id), Query: url.Values{"section": append(more, computerSections...)}})
	if err != nil {
		return computer{}, err
	}
	err = unreadable(answer.Decode(&c))
	return c, err
}
