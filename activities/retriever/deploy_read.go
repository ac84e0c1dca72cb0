package retriever

import (
	"context"
	"errors"
	"net/url"
	"time"

	"tenure/activities"
)

// deploymentAge is how old the shared sweep of the deployments may be: a device travels for days.
const deploymentAge = 30 * time.Minute

// ReadDeployment reads an order from a sweep of the deployments that all cases share, as [System.ReadOrder] does for
// returns. The outcome waits while the device travels and is verified when it is there.
func (s *System) ReadDeployment(ctx context.Context, in activities.ReadDeployment) (activities.Deployment, error) {
	if in.Order == "" {
		return activities.Deployment{}, activities.Classify(wrong("order is empty", "report this as a fault of Tenure: there is nothing to read"))
	}
	s.deployed.follow(in.Order, in.Opened.Add(-s.cfg.Margin))
	found, ok, err := s.deployed.find(ctx, in.Order, deploymentAge)
	if err == nil && !ok {
		found, err = s.oneDeployment(ctx, in.Order)
	}
	asOf := ""
	if used := (*usedUp)(nil); errors.As(err, &used) {
		found, asOf, err = s.deployed.lastKnown(ctx, in.Order, err)
	}
	if err != nil {
		return activities.Deployment{}, activities.Ended(ctx, err)
	}
	out := found.state()
	out.Outcome = s.standing(activities.Outcome{Step: in.Step, Executed: found.Created.Time}, found)
	out.Outcome.Detail += asOf
	if !found.open() {
		s.deployed.forget(found.ID)
	}
	return out, nil
}

// oneDeployment reads one order by its id: one that is older than the case, or that the list leaves out.
func (s *System) oneDeployment(ctx context.Context, id string) (deployment, error) {
	var d deployment
	err := s.get(ctx, deployPath+url.PathEscape(id)+"/", nil, &d)
	if err == nil && d.ID != id {
		err = activities.Problemf(activities.Unavailable, "Retriever answered with another order")
	}
	return d, err
}
