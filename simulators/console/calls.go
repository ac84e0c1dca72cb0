package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"tenure/simulators/kit"
	"tenure/simulators/world"
)

// fault is a rule of a vendor as the page shows and sets it.
type fault struct {
	Vendor   string   `json:"vendor"`
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	Status   int      `json:"status"`
	Body     string   `json:"body"`
	DelayMS  int64    `json:"delayMs"`
	Throttle bool     `json:"throttle"`
	Drop     kit.Drop `json:"drop"`
	Times    int      `json:"times"`
}

func (c *console) faults() []fault {
	out := []fault{}
	kits := c.w.Kits()
	for _, name := range world.Vendors() {
		for _, f := range kits[name].Faults() {
			out = append(out, shownFault(name, f))
		}
	}
	return out
}

func shownFault(vendor string, f kit.Fault) fault {
	return fault{Vendor: vendor, Method: f.Method, Path: f.Path, Status: f.Status, Body: f.Body, DelayMS: f.Delay.Milliseconds(),
		Throttle: f.Throttle, Drop: f.Drop, Times: f.Times}
}

func (c *console) addFault(in fault) (any, error) {
	k := c.w.Kits()[in.Vendor]
	if k == nil {
		return nil, fmt.Errorf("vendor %q: choose one of %s", in.Vendor, strings.Join(world.Vendors(), ", "))
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	k.Inject(kit.Fault{Method: in.Method, Path: in.Path, Status: in.Status, Body: in.Body, Throttle: in.Throttle, Drop: in.Drop,
		Times: in.Times, Delay: time.Duration(in.DelayMS) * time.Millisecond})
	return nil, nil
}

func (f fault) check() error {
	if _, err := path.Match(f.Path, "/"); err != nil {
		return fmt.Errorf("path %q is not a pattern: write it like /api/v1/users/*/lifecycle/suspend, or /api/** for all below", f.Path)
	}
	switch {
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d: give one from 200 (says yes, does nothing) to 599, or 0 for none", f.Status)
	case f.Drop != "" && f.Drop != kit.DropBefore && f.Drop != kit.DropAfter:
		return fmt.Errorf("drop %q: give before, after, or nothing", f.Drop)
	case f.DelayMS < 0 || f.Times < 0:
		return errors.New("delay and times cannot be negative")
	case f.Status == 0 && f.Drop == "" && !f.Throttle && f.DelayMS == 0:
		return errors.New("the fault does nothing: give a status, a throttle, a drop or a delay")
	}
	return nil
}

// removeFault takes the first rule away that reads like in. The others are set again as they were, with what is used
// up of them; functions that Inject gave out for them remove nothing any more.
func (c *console) removeFault(in fault) (any, error) {
	k := c.w.Kits()[in.Vendor]
	if k == nil {
		return nil, fmt.Errorf("there is no vendor %q", in.Vendor)
	}
	rules := k.Faults()
	i := slices.IndexFunc(rules, func(f kit.Fault) bool { return shownFault(in.Vendor, f) == in })
	if i < 0 {
		return nil, errors.New("that fault is gone already")
	}
	k.ClearFaults()
	for _, f := range slices.Delete(rules, i, i+1) {
		k.Inject(f)
	}
	return nil, nil
}

// slackReads are the Web API's methods that change nothing; they are called by POST like all others.
var slackReads = regexp.MustCompile(`/api/(auth\.test|api\.test|apps\.connections\.open|.*\.(list|history|replies|info|members|lookupByEmail|getPermalink|getUploadURLExternal))$`)

// otherReads are token endpoints and searches.
var otherReads = regexp.MustCompile(`/token$|/search/jql$|/rest/api/\d/search$|/search/approximate-count$`)

func mutates(call kit.Call) bool {
	read := call.Method == http.MethodGet || call.Method == http.MethodHead || otherReads.MatchString(call.Path)
	return !read && (call.System != "slack" || !slackReads.MatchString(call.Path))
}

// readable writes a form as one line for each field; JSON stays as it is.
func readable(body string) string {
	form, err := url.ParseQuery(body)
	if err != nil || body == "" || body[0] == '{' || body[0] == '[' {
		return body
	}
	lines := []string{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		lines = append(lines, name+": "+strings.Join(form[name], ", "))
	}
	return strings.Join(lines, "\n")
}

// listed is how many calls the page lists.
const listed = 250

// calls answers GET /api/calls?vendor=&q=&mutations=1, newest first.
func (c *console) calls(rw http.ResponseWriter, r *http.Request) {
	vendor, q, mutations := r.FormValue("vendor"), strings.ToLower(r.FormValue("q")), r.FormValue("mutations") != ""
	hits, total := []kit.Call{}, 0
	for name, k := range c.w.Kits() {
		if vendor != "" && vendor != name {
			continue
		}
		for _, call := range k.Calls() {
			call.Body = readable(call.Body)
			text := strings.ToLower(fmt.Sprintf("%s %s %s?%s %d %s %s", call.System, call.Method, call.Path, call.Query, call.Status, call.Fault, call.Body))
			if strings.Contains(text, q) && (!mutations || mutates(call)) {
				hits = append(hits, call)
			}
		}
	}
	total = len(hits)
	slices.SortStableFunc(hits, func(a, b kit.Call) int { return b.At.Compare(a.At) })
	answer(rw, http.StatusOK, map[string]any{"total": total, "calls": hits[:min(total, listed)]})
}
