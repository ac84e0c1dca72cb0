package retrieversim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/device_returns/{$}", s.read(s.list))
	mux.HandleFunc("GET /api/v2/device_returns/{id}/{$}", s.read(s.one))
	mux.HandleFunc("GET /api/v2/prepaid_balances/{$}", s.read(s.balances))
	mux.HandleFunc("POST /api/v2/device_returns/{$}", s.write(s.create))
	mux.HandleFunc("GET /api/v2/deployments/{$}", s.read(s.listDeployments))
	mux.HandleFunc("GET /api/v2/deployments/{id}/{$}", s.read(s.oneDeployment))
	mux.HandleFunc("POST /api/v2/deployments/{$}", s.write(s.deploy))
	mux.HandleFunc("GET /api/v2/warehouse/{$}", s.read(s.listWarehouse))
	mux.HandleFunc("GET /api/v2/warehouse/{id}/{$}", s.read(s.oneDevice))
	mux.HandleFunc("GET /orders/{id}", s.portal)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound) })
	return mux
}

type answer struct {
	status int
	body   any
}

type handler func(r *http.Request) (a answer, changed bool)

func (s *Simulator) read(h handler) http.HandlerFunc {
	return s.guarded(h, &s.reads, 60, 500)
}

func (s *Simulator) write(h handler) http.HandlerFunc {
	return s.guarded(h, &s.writes, 600, 5000)
}

// guarded checks key and quota, and saves before it answers.
func (s *Simulator) guarded(h handler, w *window, perMinute, perDay int) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var a answer
		var wait time.Duration
		err := s.locked(func() bool {
			key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			switch {
			case !ok:
				a = detail(http.StatusUnauthorized, "Authentication credentials were not provided.")
				return false
			case !s.state.Keys[key]:
				a = detail(http.StatusForbidden, "Invalid API key.")
				return false
			}
			if s.RateLimits {
				if wait = w.take(s.Now(), perMinute, perDay); wait > 0 {
					return false
				}
			}
			var changed bool
			a, changed = h(r)
			return changed
		})
		switch {
		case err != nil:
			http.Error(rw, err.Error(), http.StatusInternalServerError)
		case wait > 0:
			throttled(rw, wait)
		default:
			send(rw, a)
		}
	}
}

func detail(status int, text string) answer {
	return answer{status: status, body: map[string]string{"detail": text}}
}

func send(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

func throttled(w http.ResponseWriter, wait time.Duration) {
	seconds := max(int(wait/time.Second), 1)
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	send(w, detail(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds)))
}

func refuse(w http.ResponseWriter, status int) {
	body, contentType := faultBody(status)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func faultBody(status int) (body, contentType string) {
	text := map[int]string{401: "Authentication credentials were not provided.", 402: "No prepaid laptop returns available.",
		403: "Invalid API key.", 404: "Not found.", 429: "Request was throttled."}[status]
	if status >= 500 {
		return "<html><body><h1>Server Error (" + strconv.Itoa(status) + ")</h1></body></html>", "text/html"
	}
	if text == "" {
		text = http.StatusText(status)
	}
	b, _ := json.Marshal(map[string]string{"detail": text})
	return string(b), "application/json"
}

// shown says whether an order, or a deployment, can be read yet.
func (s *Simulator) shown(byAPI bool, created time.Time) bool {
	return !byAPI || !created.Add(s.ListLag).After(s.Now())
}

// list is one page of the returns.
func (s *Simulator) list(r *http.Request) (answer, bool) {
	shown := []*Order{}
	for _, o := range slices.Backward(s.state.Orders) {
		if s.shown(o.ByAPI, o.Created) {
			shown = append(shown, o)
		}
	}
	return paged(s, r, shown, func(o *Order) string { return o.ID }, func(o *Order) any { return s.json(o, r, false) }), false
}

// paged is one page of a list whose rows are given newest first. The cursor names the row after which the page begins,
// so that rows added meanwhile do not shift it.
func paged[T any](s *Simulator, r *http.Request, rows []T, id func(T) string, wire func(T) any) answer {
	if c := r.URL.Query().Get("cursor"); c != "" {
		after, err := base64.URLEncoding.DecodeString(c)
		if err != nil {
			return detail(http.StatusNotFound, "Invalid cursor")
		}
		i := slices.IndexFunc(rows, func(row T) bool { return id(row) == string(after) })
		rows = rows[i+1:]
		if i < 0 {
			rows = nil
		}
	}
	page := map[string]any{"next": nil, "previous": nil}
	results := []any{}
	for _, row := range rows[:min(len(rows), pageSize)] {
		results = append(results, wire(row))
	}
	if len(rows) > pageSize {
		page["next"] = s.base(r) + r.URL.Path + "?cursor=" + base64.URLEncoding.EncodeToString([]byte(id(rows[pageSize-1])))
	}
	page["results"] = results
	return answer{status: http.StatusOK, body: page}
}

func (s *Simulator) one(r *http.Request) (answer, bool) {
	o := s.find(r.PathValue("id"))
	if o == nil || !s.shown(o.ByAPI, o.Created) {
		return detail(http.StatusNotFound, "Not found."), false
	}
	return answer{status: http.StatusOK, body: s.json(o, r, true)}, false
}

func (s *Simulator) balances(*http.Request) (answer, bool) {
	out := []map[string]any{}
	for _, d := range kinds {
		out = append(out, map[string]any{"device": d, "num_of_credits": s.state.Balances[d], "insurances": []any{}})
	}
	return answer{status: http.StatusOK, body: out}, false
}

func (s *Simulator) create(r *http.Request) (answer, bool) {
	var req request
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return detail(http.StatusBadRequest, "JSON parse error - "+err.Error()), false
	}
	if problems := req.check(); len(problems) > 0 {
		return answer{status: http.StatusBadRequest, body: problems}, false
	}
	if s.state.Balances[req.Device] <= 0 {
		return detail(http.StatusPaymentRequired, "No prepaid "+req.Device+" returns available."), false
	}
	s.state.Balances[req.Device]--
	o := s.keep(req.order())
	return answer{status: http.StatusCreated, body: s.json(&o, r, true)}, true
}

// base is what absolute links begin with.
func (s *Simulator) base(r *http.Request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func (s *Simulator) json(o *Order, r *http.Request, one bool) map[string]any {
	shipment := map[string]any{"status": o.Status, "deactivated_reason": orNull(o.Why), "insurance_amount": nil, "device_type": "laptop",
		"request_charger": o.Charger, "request_cell_phone": o.Phone,
		"outbound_tracking": orNull(o.Outbound), "outbound_carrier": orNull(carrierIf(o.Outbound, o.Carrier)),
		"return_tracking": orNull(o.Return), "return_carrier": orNull(carrierIf(o.Return, o.Carrier)),
		"box_shipped_at": stamp(o.BoxShipped), "box_delivered_at": stamp(o.BoxDelivered),
		"device_shipped_at": stamp(o.DeviceShipped), "device_delivered_at": stamp(o.DeviceArrived)}
	out := map[string]any{"device": o.Device, "id": o.ID, "url": s.base(r) + "/api/v2/device_returns/" + o.ID + "/",
		"serial_number": o.Serial, "ticket_id": o.Ticket, "legal_hold": o.LegalHold, "purchaser_email": "it@example.com",
		"created_via_api": o.ByAPI, "codd": nil, "note_1": o.Note1, "note_2": o.Note2, "created_at": stamp(o.Created),
		"employee_info": o.Person, "company_info": o.Company, "shipments": []any{shipment}}
	if one {
		out["codd"] = orNull(o.Destruction) // only an order's own page carries it
	}
	return out
}

func carrierIf(number, carrier string) string {
	if number == "" {
		return ""
	}
	return carrier
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
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// portal is the page of an order that people open; it needs no key here.
func (s *Simulator) portal(w http.ResponseWriter, r *http.Request) {
	o, ok := s.Order(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "Order %s\nStatus: %s\nSerial number: %s\nTicket: %s\n", o.ID, o.Status, o.Serial, o.Ticket)
}
