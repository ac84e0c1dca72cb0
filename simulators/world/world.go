package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tenure/simulators/company"
	easypostsim "tenure/simulators/easypost"
	googlesim "tenure/simulators/google"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
)

// GoogleAdmin is the administrator in whose name Tenure acts in Google Workspace.
const GoogleAdmin = "tenure-integration@" + company.Domain

// Config shapes a world. The zero value is the seeded company in memory, where everything happens at once.
type Config struct {
	// Dir keeps every vendor's state and call log, so that a second world on the same folder goes on where the
	// first one stopped; empty keeps them in memory.
	Dir string
	// Clock is the vendors' time; nil is the system's.
	Clock func() time.Time
	// People is the company; nil is company.People().
	People []company.Person
	// Pace is how long each leg of a parcel's way takes, and the jobs that run for a while.
	Pace Pace
	// Latency is added to every call.
	Latency time.Duration
	// Cascade lets Okta push deactivations into Google.
	Cascade bool
	// Provision lets Okta make the Google accounts of whoever it opens an account for.
	Provision bool
	// RateLimits enforces the vendors' published limits.
	RateLimits bool
}

// Pace is how long things take at the vendors. Zero is at once; a zero Parcel is until somebody moves it.
type Pace struct {
	Parcel   time.Duration // every leg of a shipment
	Transfer time.Duration // a Drive transfer
	Lock     time.Duration // until an online Mac acknowledges a command
}

// World is every vendor, running.
type World struct {
	Namely    *namelysim.Simulator
	Okta      *oktasim.Simulator
	Google    *googlesim.Simulator
	Jamf      *jamfsim.Simulator
	Retriever *retrieversim.Simulator
	EasyPost  *easypostsim.Simulator
	Slack     *slacksim.Simulator
	Jira      *jirasim.Simulator

	// URL is each vendor's base address by its name: "okta", "google", ...
	URL map[string]string

	people  []company.Person
	servers []*http.Server
}

// Vendors lists the names of the vendors.
func Vendors() []string {
	return []string{"namely", "okta", "google", "jamf", "retriever", "easypost", "slack", "jira"}
}

// Start brings the vendors up on loopback addresses, seeded once.
func Start(c Config) (*World, error) {
	w := &World{URL: map[string]string{}, people: c.People}
	if w.people == nil {
		w.people = company.People()
	}
	seeded, err := prepare(c.Dir)
	if err != nil {
		return nil, err
	}
	w.build(c)
	if err := w.listen(c.Dir); err != nil {
		w.Close()
		return nil, err
	}
	w.wire(c)
	if !seeded {
		w.seed()
		w.Okta.SetFeatures("google", c.pushes()...)
		if err := w.flush(); err != nil {
			w.Close()
			return nil, err
		}
	}
	return w, markSeeded(c.Dir)
}

func (w *World) build(c Config) {
	w.Namely = &namelysim.Simulator{RateLimits: c.RateLimits, Owner: integrationsOwner(w.people)}
	w.Okta = &oktasim.Simulator{RateLimits: c.RateLimits}
	w.Google = &googlesim.Simulator{Domain: company.Domain, TransferTime: c.Pace.Transfer, RateLimits: c.RateLimits}
	w.Jamf = &jamfsim.Simulator{AckAfter: c.Pace.Lock}
	w.Retriever = &retrieversim.Simulator{Pace: c.Pace.Parcel, RateLimits: c.RateLimits}
	w.EasyPost = &easypostsim.Simulator{RateLimits: c.RateLimits}
	w.Slack = &slacksim.Simulator{RateLimits: c.RateLimits}
	w.Jira = &jirasim.Simulator{RateLimits: c.RateLimits}
	for name, k := range w.Kits() {
		k.Clock, k.Latency = c.Clock, c.Latency
		if c.Dir != "" {
			k.Dir = filepath.Join(c.Dir, name)
		}
	}
}

// wire connects the vendors that know each other.
func (w *World) wire(c Config) {
	if c.Cascade {
		w.Okta.OnDeactivate = func(login string) { w.Google.SuspendByOkta(login) }
	}
	if c.Provision {
		w.Okta.OnProvision = func(login, first, last string) { w.Google.Provision(login, first, last) }
	}
	w.Retriever.OnShip = func(outbound, back, carrier string) {
		w.EasyPost.Register(outbound, carrier)
		w.EasyPost.Register(back, carrier)
	}
	w.Retriever.OnStage = func(o retrieversim.Order) {
		outbound, back := parcels(o.Status)
		w.EasyPost.Move(o.Outbound, outbound)
		w.EasyPost.Move(o.Return, back)
	}
}

// pushes are the features of Okta's Google app.
func (c Config) pushes() []string {
	var out []string
	if c.Cascade {
		out = append(out, "PUSH_USER_DEACTIVATION")
	}
	if c.Provision {
		out = append(out, "PUSH_NEW_USERS")
	}
	return out
}

// parcels says how a carrier speaks of the two legs of an order in a given state.
func parcels(status string) (outbound, back string) {
	switch status {
	case "box_in_transit":
		return "in_transit", "pre_transit"
	case "box_delivered":
		return "delivered", "pre_transit"
	case "return_in_transit":
		return "delivered", "in_transit"
	case "return_complete", "received_at_warehouse", "received_for_disposal":
		return "delivered", "delivered"
	}
	return "pre_transit", "pre_transit"
}

func (w *World) seed() {
	w.seedNamely(w.people)
	w.seedJira()
	w.seedOkta(w.people)
	w.seedGoogle(w.people)
	w.seedJamf(w.people)
	w.seedSlack(w.people)
}

// flush writes seeds to the folder; everything later is written before it is answered.
func (w *World) flush() error { return w.Okta.Flush() }

func (w *World) handlers() map[string]http.Handler {
	return map[string]http.Handler{"namely": w.Namely, "okta": w.Okta, "google": w.Google, "jamf": w.Jamf,
		"retriever": w.Retriever, "easypost": w.EasyPost, "slack": w.Slack, "jira": w.Jira}
}

// Kits gives each vendor's faults and call log.
func (w *World) Kits() map[string]*kit.Kit {
	return map[string]*kit.Kit{"namely": &w.Namely.Kit, "okta": &w.Okta.Kit, "google": &w.Google.Kit, "jamf": &w.Jamf.Kit,
		"retriever": &w.Retriever.Kit, "easypost": &w.EasyPost.Kit, "slack": &w.Slack.Kit, "jira": &w.Jira.Kit}
}

// listen gives every vendor an address. A world on a folder keeps its addresses from start to start, because links
// to tickets and messages hold them.
func (w *World) listen(dir string) error {
	known := readAddresses(dir)
	handlers := w.handlers()
	for _, name := range Vendors() {
		l, err := listenOn(known[name])
		if err != nil {
			return fmt.Errorf("stand-in of %s: %w", name, err)
		}
		known[name] = l.Addr().String()
		w.URL[name] = "http://" + known[name]
		if name == "slack" {
			w.Slack.PublicURL = w.URL[name] // what the app is told to answer to, before it has called
		}
		s := &http.Server{Handler: handlers[name], ReadHeaderTimeout: 10 * time.Second}
		w.servers = append(w.servers, s)
		go func() { _ = s.Serve(l) }()
	}
	return writeAddresses(dir, known)
}

func listenOn(addr string) (net.Listener, error) {
	if addr != "" {
		if l, err := net.Listen("tcp", addr); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// Close stops the vendors. What they did stays in their folder.
func (w *World) Close() {
	for _, s := range w.servers {
		_ = s.Close()
	}
	if w.Slack != nil {
		w.Slack.Close()
	}
}

const (
	seededMark    = "seeded"
	addressesFile = "addresses.json"
)

// prepare says whether the folder holds a seeded world. One that was left half seeded is begun anew: nobody has
// seen it.
func prepare(dir string) (seeded bool, err error) {
	if dir == "" {
		return false, nil
	}
	if _, err := os.Stat(filepath.Join(dir, seededMark)); err == nil {
		return true, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	for _, name := range Vendors() {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return false, err
		}
	}
	return false, os.MkdirAll(dir, 0o700)
}

func markSeeded(dir string) error {
	if dir == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, seededMark), nil, 0o600)
}

func readAddresses(dir string) map[string]string {
	known := map[string]string{}
	if dir == "" {
		return known
	}
	if b, err := os.ReadFile(filepath.Join(dir, addressesFile)); err == nil {
		_ = json.Unmarshal(b, &known) // addresses that cannot be read are chosen anew
	}
	return known
}

func writeAddresses(dir string, known map[string]string) error {
	if dir == "" {
		return nil
	}
	b, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, addressesFile), b, 0o600)
}
