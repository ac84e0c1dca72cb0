package easypostsim

import (
	"slices"
	"strings"
	"time"
)

// The states of a parcel.
const (
	Unknown            = "unknown"
	PreTransit         = "pre_transit"
	InTransit          = "in_transit"
	OutForDelivery     = "out_for_delivery"
	Delivered          = "delivered"
	AvailableForPickup = "available_for_pickup"
	ReturnToSender     = "return_to_sender"
	Failure            = "failure"
	Cancelled          = "cancelled"
	Error              = "error"
)

// way is how a parcel usually goes.
var way = []string{PreTransit, InTransit, OutForDelivery, Delivered}

// sample holds the fixed states of EasyPost's test codes, which exist in test mode only.
var sample = map[string]string{"EZ1000000001": PreTransit, "EZ2000000002": InTransit, "EZ3000000003": OutForDelivery,
	"EZ4000000004": Delivered, "EZ5000000005": ReturnToSender, "EZ6000000006": Failure, "EZ7000000007": Unknown}

// Detail is one scan.
type Detail struct {
	Status  string    `json:"status"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
	City    string    `json:"city"`
	State   string    `json:"state"`
	Country string    `json:"country"`
}

// Parcel is what a carrier knows.
type Parcel struct {
	Code     string    `json:"code"`
	Carrier  string    `json:"carrier"`
	Status   string    `json:"status"`
	Since    time.Time `json:"since"`
	Expected time.Time `json:"expected,omitzero"`
	Details  []Detail  `json:"details,omitempty"`
}

func (p *Parcel) copy() Parcel {
	c := *p
	c.Details = append([]Detail(nil), p.Details...)
	return c
}

// Tracker is one watched parcel.
type Tracker struct {
	ID       string    `json:"id"`
	Mode     string    `json:"mode"`
	Code     string    `json:"code"`
	Carrier  string    `json:"carrier"`
	Status   string    `json:"status"` // as last seen at the carrier
	IsReturn bool      `json:"isReturn,omitempty"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
	Deleted  bool      `json:"deleted,omitempty"`
}

// carriers maps every spelling to EasyPost's.
var carriers = map[string]string{"usps": "USPS", "ups": "UPS", "fedex": "FedEx", "canadapost": "CanadaPost",
	"parcelforce": "Parcelforce", "dhlexpress": "DHLExpress"}

func carrierName(s string) string { return carriers[strings.ToLower(s)] }

// Register tells the carrier's system of a new label. Twice is once.
func (s *Simulator) Register(code, carrier string) {
	s.must(func() bool {
		if s.parcel(code) != nil {
			return false
		}
		p := &Parcel{Code: code, Carrier: carrierName(carrier), Expected: s.Now().AddDate(0, 0, 3)}
		s.state.Parcels = append(s.state.Parcels, p)
		s.scan(p, PreTransit, s.Now())
		return true
	})
}

// Move puts a parcel into a state, also backwards. It says whether there is such a parcel.
func (s *Simulator) Move(code, status string) bool {
	found := false
	s.must(func() bool {
		if p := s.parcel(code); p != nil {
			s.scan(p, status, s.Now())
			found = true
		}
		return found
	})
	return found
}

func (s *Simulator) parcel(code string) *Parcel {
	i := slices.IndexFunc(s.state.Parcels, func(p *Parcel) bool { return p.Code == code })
	if i < 0 {
		return nil
	}
	return s.state.Parcels[i]
}

var scans = map[string]Detail{
	PreTransit: {Message: "Shipping label created"}, InTransit: {Message: "Arrived at facility", City: "ALBANY", State: "NY", Country: "US"},
	OutForDelivery: {Message: "Out for delivery", City: "NEW YORK", State: "NY", Country: "US"},
	Delivered:      {Message: "Delivered, left with individual", City: "NEW YORK", State: "NY", Country: "US"},
}

// scan records a new state, and lets the trackers over the parcel tell of it.
func (s *Simulator) scan(p *Parcel, status string, at time.Time) {
	if p.Status == status {
		return
	}
	d := scans[status]
	d.Status, d.At = status, at
	if d.Message == "" {
		d.Message = strings.ReplaceAll(status, "_", " ")
	}
	p.Status, p.Since = status, at
	p.Details = append(p.Details, d)
	for _, t := range s.state.Trackers {
		if t.Code == p.Code && !t.Deleted && t.Mode == production {
			before := t.Status
			t.Status, t.Updated = status, at
			s.emit("tracker.updated", t, before)
		}
	}
}

// progress moves every parcel that has stayed in its state for Pace.
func (s *Simulator) progress() bool {
	if s.Pace <= 0 {
		return false
	}
	changed := false
	for _, p := range s.state.Parcels {
		for {
			i := slices.Index(way, p.Status)
			due := p.Since.Add(s.Pace)
			if i < 0 || i == len(way)-1 || due.After(s.Now()) {
				break
			}
			s.scan(p, way[i+1], due)
			changed = true
		}
	}
	return changed
}

func (s *Simulator) trackerJSON(t *Tracker) map[string]any {
	out := map[string]any{"id": t.ID, "object": "Tracker", "mode": t.Mode, "tracking_code": t.Code, "status": t.Status,
		"status_detail": "status_update", "created_at": stamp(t.Created), "updated_at": stamp(t.Updated), "signed_by": nil,
		"weight": nil, "est_delivery_date": nil, "shipment_id": nil, "carrier": t.Carrier, "is_return": t.IsReturn,
		"finalized": true, "fees": []any{}, "public_url": "https://track.easypost.com/" + t.ID}
	details := []map[string]any{}
	if p := s.parcel(t.Code); p != nil && t.Mode == production {
		out["est_delivery_date"] = stamp(p.Expected)
		for _, d := range p.Details {
			details = append(details, detailJSON(d, t.Carrier))
		}
	}
	out["tracking_details"] = details
	out["carrier_detail"] = map[string]any{"object": "CarrierDetail", "service": nil, "container_type": nil}
	return out
}

func detailJSON(d Detail, carrier string) map[string]any {
	return map[string]any{"object": "TrackingDetail", "message": d.Message, "description": nil, "status": d.Status,
		"status_detail": "status_update", "datetime": stamp(d.At), "source": carrier, "carrier_code": nil, "est_delivery_date": nil,
		"tracking_location": map[string]any{"object": "TrackingLocation", "city": orNull(d.City), "state": orNull(d.State),
			"country": orNull(d.Country), "zip": nil}}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
