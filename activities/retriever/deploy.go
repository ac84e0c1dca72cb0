package retriever

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// DeployDevice orders a device from the warehouse for a joiner, at most once. It looks for an order with our mark before
// every POST and after every answer that leaves it open whether there is one. Which device it orders is kept in a
// heartbeat first: Retriever deploys no device twice, so an attempt that finds such a word of an earlier one orders the
// same device again, which is safe while Retriever's list does not show the order yet.
//
// The outcome waits: [System.ReadDeployment] proves the order, and in the end that the device is there.
func (s *System) DeployDevice(ctx context.Context, in activities.DeployDevice) (activities.Deployment, error) {
	o := activities.Outcome{Step: in.Step}
	body, err := s.deployRequest(in)
	if err != nil {
		return activities.Deployment{Outcome: activities.NeedsPerson(o, err)}, nil
	}
	p := &shipping{System: s, body: body, in: in, taken: map[string]bool{}, known: map[string]device{}}
	found, adopted, err := p.once(ctx)
	if err != nil {
		if ctx.Err() != nil || activities.ProblemOf(err).Retryable() {
			return activities.Deployment{}, activities.Ended(ctx, err)
		}
		return activities.Deployment{Outcome: activities.NeedsPerson(o, err)}, nil
	}
	s.deployed.follow(found.ID, found.Created.Time)
	out := found.state()
	out.Serial = p.serial(ctx, found.Device)
	o.Executed = s.cfg.Now().UTC()
	if adopted {
		o.Executed = found.Created.Time
		out.Outcome = s.standing(o, found)
		out.Outcome.Detail = strings.TrimSuffix("adopted the order that was there already; "+out.Outcome.Detail, "; ")
		return out, nil
	}
	o.Account, o.State, o.Detail = found.ID, plan.Waiting, p.ordered(found)
	out.Outcome = o
	return out, nil
}

// shipping is one call of DeployDevice.
type shipping struct {
	*System
	in    activities.DeployDevice
	body  newDeployment
	taken map[string]bool   // devices that others have, or that cannot be shipped
	known map[string]device // rows of the warehouse that were read, by id
}

// maxTaken bounds how many devices in a row others may take before us.
const maxTaken = 10

// soonShown is how long after an unclear order Retriever's list is trusted to show it.
const soonShown = time.Minute

// lookBack is how much older than the case an order may be that holds a device.
const lookBack = 30 * 24 * time.Hour

// once finds our order or places it.
func (p *shipping) once(ctx context.Context) (found deployment, adopted bool, err error) {
	if found, adopted, err = p.look(ctx, p.cfg.Margin); err != nil || adopted {
		return found, adopted, err
	}
	begun := begunBefore(ctx)
	for range maxTaken {
		id := begun
		if begun = ""; id == "" || p.taken[id] {
			if id, err = p.choose(ctx); err != nil {
				return found, false, err
			}
		}
		found, err = p.order(ctx, id)
		refusal := refusalOf(err)
		if refusal == "" {
			return found, false, err
		}
		if found, adopted, err = p.whose(ctx, id, refusal); err != nil || adopted {
			return found, adopted, err
		}
	}
	return found, false, activities.Problemf(activities.Unavailable, "%d devices in a row were taken by others while we ordered them", maxTaken)
}

// look reads the deployments back to some time before the case was opened, the newest first. It gives ours, and notes
// which devices others have.
func (p *shipping) look(ctx context.Context, before time.Duration) (ours deployment, ok bool, err error) {
	from := p.in.Opened.Add(-before)
	for pages, next := 0, ""; ; pages++ {
		if pages == maxPages {
			return deployment{}, false, errEndless
		}
		list, err := p.deployments(ctx, next)
		if err != nil {
			return deployment{}, false, err
		}
		for _, d := range list.Results {
			if d.Ticket == p.body.Ticket && d.Shipment.stage() != givenUp {
				return d, true, nil
			}
			if d.Device != "" && d.open() {
				p.taken[d.Device] = true
			}
		}
		if next = list.Next; next == "" || len(list.Results) > 0 && olderThan(list.Results, from) {
			return deployment{}, false, nil
		}
	}
}

// progress is what a heartbeat keeps for the next attempt.
type progress struct {
	Device string `json:"device"`
}

// begunBefore is the device that an earlier attempt was about to order.
func begunBefore(ctx context.Context) string {
	var before progress
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &before) == nil {
		return before.Device
	}
	return ""
}

// order orders one device. After it nothing may order another without reading.
func (p *shipping) order(ctx context.Context, id string) (deployment, error) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx, progress{Device: id})
	}
	body := p.body
	body.Device = id
	answer, err := p.api.Do(ctx, vendorhttp.Request{Method: http.MethodPost, Path: deployPath, JSON: body})
	if statusOf(err) == http.StatusPaymentRequired {
		return deployment{}, p.noCredit(ctx, err)
	}
	if err != nil {
		return deployment{}, problemOf(err)
	}
	var d deployment
	if err := answer.Decode(&d); err != nil || d.ID == "" {
		return deployment{}, activities.Problemf(activities.Unavailable, "Retriever accepted the order but did not name it; the next attempt looks for it")
	}
	if d.Device == "" {
		d.Device = id
	}
	return d, nil
}

// whose finds out after a refusal whose the device is. It gives our order if it is ours, and marks the device where it is
// somebody else's or cannot be shipped. That neither can be seen yet is an error.
func (p *shipping) whose(ctx context.Context, id, refusal string) (ours deployment, ok bool, err error) {
	ours, ok, err = p.look(ctx, lookBack)
	if err != nil || ok || p.taken[id] {
		return ours, ok, err
	}
	if refusal == notReady {
		var row device
		if err := p.get(ctx, warehousePath+url.PathEscape(id)+"/", nil, &row); err != nil && activities.ProblemOf(err).Type != activities.NotFound {
			return ours, false, err
		}
		if inProcess[row.Status] {
			refusal = alreadyDeploying
		}
	}
	if refusal == alreadyDeploying {
		return ours, false, &activities.Problem{Type: activities.Unavailable, Delay: soonShown,
			Text: "Retriever has a deployment of device " + id + " and does not show yet whose it is"}
	}
	p.taken[id] = true
	return ours, false, nil
}

// What Retriever says of a device that it does not ship, behind the device's id.
const (
	noSuchDevice     = "does not exist"
	alreadyDeploying = "is already in deployment process"
	notReady         = "is not in ready for deployment state"
)

// refusalOf is why a device is not shipped; empty for every other answer.
func refusalOf(err error) string {
	var se *vendorhttp.StatusError
	if !errors.As(err, &se) || se.Status != http.StatusBadRequest {
		return ""
	}
	var body struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(se.Body, &body) != nil {
		return ""
	}
	for _, refusal := range []string{noSuchDevice, alreadyDeploying, notReady} {
		if strings.Contains(strings.ToLower(body.Detail), refusal) {
			return refusal
		}
	}
	return ""
}

func statusOf(err error) int {
	var se *vendorhttp.StatusError
	if errors.As(err, &se) {
		return se.Status
	}
	return 0
}

// noCredit says which prepaid balance is empty, where Retriever tells. The vendor does not publish the balance's name.
func (p *shipping) noCredit(ctx context.Context, refused error) error {
	problem := &activities.Problem{Type: activities.Conflict, Text: "no prepaid deployment is left", Mend: "top up the prepaid balance in Retriever's portal, then retry the step",
		Cause: refused}
	var list []balance
	if p.get(ctx, "/api/v2/prepaid_balances/", nil, &list) != nil {
		return problem
	}
	var left []string
	for _, b := range list {
		if strings.Contains(strings.ToLower(b.Device), "deploy") {
			left = append(left, fmt.Sprintf("%d of %s", b.Credits, b.Device))
		}
	}
	slices.Sort(left)
	if len(left) > 0 {
		problem.Text += ": " + strings.Join(left, ", ")
	}
	return problem
}
