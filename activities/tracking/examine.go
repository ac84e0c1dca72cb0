package tracking

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

const (
	whyParcels = "parcels would not be followed: whoever waits for a laptop learns of it only from Retriever"
	testMode   = "test"
)

// Examine looks over the connection to EasyPost by reading only; see [activities.TrackingExamine].
func (s *System) Examine(ctx context.Context, _ activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("tracking")}
	if mode, ok := x.letIn(ctx); ok {
		x.webhooks(ctx, mode)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// letIn lists one tracker. Its mode is the key's.
func (x examination) letIn(ctx context.Context) (mode string, ok bool) {
	answer, err := x.api.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/trackers", Query: url.Values{"page_size": {"1"}}})
	var page struct {
		Trackers []struct {
			Mode string `json:"mode"`
		} `json:"trackers"`
	}
	if err == nil {
		err = answer.Decode(&page)
	}
	if err != nil {
		x.Refused("let-in", activities.FindingFailure, problemOf(err), whyParcels)
		return "", false
	}
	x.OK("let-in", "EasyPost takes the key")
	x.Clock(answer.Header, time.Now())
	if len(page.Trackers) > 0 {
		return page.Trackers[0].Mode, true
	}
	return x.modeOfKey(ctx), true
}

// testKeys is how EasyPost's test keys begin. It is not documented, and believed only where nothing else tells.
const testKeys = "EZTK"

// modeOfKey tells a test key by its form; empty means that the form does not tell.
func (x examination) modeOfKey(ctx context.Context) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, x.api.Base, nil)
	if err != nil || x.api.Authorize(ctx, r) != nil {
		return ""
	}
	if key, _, _ := r.BasicAuth(); strings.HasPrefix(key, testKeys) {
		return testMode
	}
	return ""
}

// hook is a webhook as EasyPost lists it, its secret left out.
type hook struct {
	ID       string `json:"id"`
	Mode     string `json:"mode"`
	Disabled string `json:"disabled_at"`
}

// webhooks looks at the webhooks of the key's mode. EasyPost switches one off that keeps failing, and does not send
// again what was missed.
func (x examination) webhooks(ctx context.Context, mode string) {
	const why = "moves of a parcel are seen by the slow poll only, hours late"
	answer, err := x.api.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/webhooks"})
	var list struct {
		Webhooks []hook `json:"webhooks"`
	}
	if err == nil {
		err = answer.Decode(&list)
	}
	if err != nil {
		x.Unread("webhook", "the webhooks", problemOf(err), why)
		x.mode(mode)
		return
	}
	var off []hook
	for _, h := range list.Webhooks {
		mode = h.Mode
		if h.Disabled != "" {
			off = append(off, h)
		}
	}
	x.mode(mode)
	switch {
	case len(list.Webhooks) == 0:
		x.OK("webhook", "no webhook is set up at EasyPost: parcels are polled every few hours")
	case len(off) > 0:
		x.Warn("webhook", fmt.Sprintf("EasyPost switched the webhook %s off at %s, because its deliveries failed", off[0].ID, off[0].Disabled), why,
			"see that tenure serve is reached at the webhook's address, then enable the webhook again in EasyPost's dashboard")
	default:
		x.OK("webhook", "%d webhooks, all enabled", len(list.Webhooks))
	}
}

// mode tells a test key, which sees test parcels only and no error.
func (x examination) mode(mode string) {
	switch mode {
	case testMode:
		x.Fail("mode", "the key is a test key", "it sees made-up parcels only: no real parcel is ever followed, and nothing says so",
			"put the production key from EasyPost's dashboard into tracking.key")
	case "":
		x.OK("mode", "whether the key is a production key shows with the first parcel")
	default:
		x.OK("mode", "the key is a %s key", mode)
	}
}
