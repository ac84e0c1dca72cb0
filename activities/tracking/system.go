package tracking

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// DefaultBaseURL is EasyPost's own address.
const DefaultBaseURL = "https://api.easypost.com/v2"

// Config is how EasyPost is reached.
type Config struct {
	BaseURL   string // empty is [DefaultBaseURL]
	APIKey    string // a production key; a test key sees test trackers only
	Transport http.RoundTripper
	// Remember keeps which case follows a parcel, so that EasyPost's webhooks, which name the tracker alone, find it.
	// It is told whenever a tracker is made, found or read, and may be told the same again. nil remembers nothing.
	Remember func(ctx context.Context, tracker, trackingCode, caseID string) error
}

// System performs the activities of the package tracker. It is safe for concurrent use.
type System struct {
	api      *vendorhttp.Client
	remember func(ctx context.Context, tracker, trackingCode, caseID string) error
}

// New checks the settings. It calls nobody.
func New(cfg Config) (*System, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	base, err := vendorhttp.ParseBase("easypost base URL", cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.APIKey == "" {
		return nil, errors.New("easypost API key is empty: copy the production key from EasyPost's dashboard")
	}
	return &System{remember: cfg.Remember, api: &vendorhttp.Client{System: "easypost", Base: base, HTTP: vendorhttp.NewHTTPClient(cfg.Transport),
		Authorize: func(_ context.Context, r *http.Request) error {
			r.SetBasicAuth(cfg.APIKey, "") // the key is the user, the password stays empty
			return nil
		}}}, nil
}

// Bindings lists the activities, ready to be registered.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.TrackingEnsure.Bind(s.EnsureTracker),
		activities.TrackingRead.Bind(s.ReadTracker),
		activities.TrackingExamine.Bind(s.Examine),
	}
}

// carriers maps Retriever's words to EasyPost's. A carrier that is not here is left to EasyPost to detect.
var carriers = map[string]string{"usps": "USPS", "ups": "UPS", "fedex": "FedEx", "canadapost": "CanadaPost",
	"parcelforce": "Parcelforce"}

func carrierName(word string) string {
	return carriers[strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(word))]
}

// EnsureTracker creates a tracker, or gets the one there is. When EasyPost says that the number is not of the named
// carrier, it is asked once more to find the carrier itself.
func (s *System) EnsureTracker(ctx context.Context, in activities.TrackParcel) (activities.Parcel, error) {
	code := strings.TrimSpace(in.Tracking)
	if code == "" {
		return activities.Parcel{}, activities.Classify(&activities.Problem{Type: activities.InvalidInput, Text: "tracking is empty",
			Mend: "report this as a fault of Tenure: a parcel without a number cannot be followed"})
	}
	carrier := carrierName(in.Carrier)
	p, err := s.create(ctx, code, carrier, in.IsReturn)
	if carrier != "" && activities.ProblemOf(orNone(err)).Type == activities.InvalidInput {
		if detected, again := s.create(ctx, code, "", in.IsReturn); again == nil || activities.ProblemOf(again).Retryable() {
			p, err = detected, again
		}
	}
	return s.follow(ctx, in.CaseRef, p, err)
}

// follow remembers whose parcel it is. When that fails the activity fails: it is repeated without harm, and a parcel
// nobody remembers would be looked at by the slow poll alone.
func (s *System) follow(ctx context.Context, ref activities.CaseRef, p activities.Parcel, err error) (activities.Parcel, error) {
	if err == nil && s.remember != nil && ref.Case != "" {
		if err = s.remember(ctx, p.Tracker, p.Tracking, ref.Case); err != nil {
			err = &activities.Problem{Type: activities.Unavailable, Text: "whose parcel it is could not be kept", Cause: err}
		}
	}
	if err != nil {
		return activities.Parcel{}, activities.Ended(ctx, err)
	}
	return p, nil
}

// orNone lets a nil error be looked at like any other.
func orNone(err error) error {
	if err == nil {
		return &activities.Problem{}
	}
	return err
}

func (s *System) create(ctx context.Context, code, carrier string, isReturn bool) (activities.Parcel, error) {
	tracked := map[string]any{"tracking_code": code}
	if carrier != "" {
		tracked["carrier"] = carrier
	}
	body := map[string]any{"tracker": tracked}
	if isReturn {
		body["options"] = map[string]any{"is_return": true}
	}
	return s.parcel(ctx, vendorhttp.Request{Method: http.MethodPost, Path: "/trackers", JSON: body})
}

// ReadTracker reads a tracker. EasyPost itself asks the carrier every few hours only.
func (s *System) ReadTracker(ctx context.Context, in activities.ReadTracker) (activities.Parcel, error) {
	if in.Tracker == "" {
		return activities.Parcel{}, activities.Classify(&activities.Problem{Type: activities.InvalidInput, Text: "tracker is empty",
			Mend: "report this as a fault of Tenure: there is nothing to read"})
	}
	p, err := s.parcel(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/trackers/" + url.PathEscape(in.Tracker)})
	return s.follow(ctx, in.CaseRef, p, err)
}

func (s *System) parcel(ctx context.Context, r vendorhttp.Request) (activities.Parcel, error) {
	answer, err := s.api.Do(ctx, r)
	if err != nil {
		return activities.Parcel{}, problemOf(err)
	}
	var t tracker
	if err := answer.Decode(&t); err != nil || t.ID == "" {
		return activities.Parcel{}, &activities.Problem{Type: activities.Unavailable, Text: "EasyPost's answer holds no tracker", Cause: err}
	}
	return t.parcel(), nil
}

// instant reads a date leniently: null, empty or another form is no date.
type instant struct{ time.Time }

// UnmarshalJSON never fails: a date that cannot be read must not hide a parcel.
func (i *instant) UnmarshalJSON(b []byte) error {
	if t, err := time.Parse(time.RFC3339Nano, strings.Trim(string(b), `"`)); err == nil {
		i.Time = t.UTC()
	}
	return nil
}

// tracker is what Tenure reads of EasyPost's tracker object.
type tracker struct {
	ID       string  `json:"id"`
	Code     string  `json:"tracking_code"`
	Status   string  `json:"status"`
	Carrier  string  `json:"carrier"`
	Updated  instant `json:"updated_at"`
	Expected instant `json:"est_delivery_date"`
	Public   string  `json:"public_url"`
	Details  []struct {
		Message  string `json:"message"`
		Location struct {
			City    string `json:"city"`
			State   string `json:"state"`
			Country string `json:"country"`
		} `json:"tracking_location"`
	} `json:"tracking_details"`
}

func (t tracker) parcel() activities.Parcel {
	return activities.Parcel{Tracker: t.ID, Tracking: t.Code, Carrier: t.Carrier, Status: statusOf(t.Status), Vendor: t.Status,
		Updated: t.Updated.Time, Expected: t.Expected.Time, PublicURL: t.Public, LastSeen: t.lastSeen()}
}

// lastSeen is the last scan with its place: "Arrived at facility, ALBANY NY US".
func (t tracker) lastSeen() string {
	if len(t.Details) == 0 {
		return ""
	}
	d := t.Details[len(t.Details)-1]
	place := strings.Join(strings.Fields(d.Location.City+" "+d.Location.State+" "+d.Location.Country), " ")
	switch {
	case d.Message == "":
		return place
	case place == "":
		return d.Message
	}
	return d.Message + ", " + place
}

var statuses = map[string]activities.ParcelStatus{
	"unknown":              activities.ParcelCreated,
	"pre_transit":          activities.ParcelCreated,
	"in_transit":           activities.ParcelInTransit,
	"out_for_delivery":     activities.ParcelInTransit,
	"available_for_pickup": activities.ParcelPickup,
	"delivered":            activities.ParcelDelivered,
	"return_to_sender":     activities.ParcelException,
	"failure":              activities.ParcelException, // can recover
	"error":                activities.ParcelException, // EasyPost's own trouble: ask again later
	"cancelled":            activities.ParcelCancelled,
}

// statusOf maps EasyPost's word to ours. A word it adds one day counts as under way, and is shown as it is.
func statusOf(word string) activities.ParcelStatus {
	if s, ok := statuses[strings.ToLower(word)]; ok {
		return s
	}
	return activities.ParcelInTransit
}
