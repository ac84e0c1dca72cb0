package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	easypostsim "tenure/simulators/easypost"
)

// hooks is how a vendor's own calls stand.
type hooks struct {
	Registered int `json:"registered"`
	Waiting    int `json:"waiting"` // calls that are due or will be
	Lost       int `json:"lost"`    // given up
}

func (c *console) hooks() map[string]hooks {
	var parcels hooks
	carrier := c.w.EasyPost.Snapshot()
	for _, h := range carrier.Hooks {
		if h.Disabled.IsZero() {
			parcels.Registered++
		}
	}
	for _, e := range carrier.Events {
		for _, d := range e.Deliveries {
			switch {
			case d.Lost:
				parcels.Lost++
			case !d.Done:
				parcels.Waiting++
			}
		}
	}
	return map[string]hooks{"easypost": parcels, "jira": {Registered: len(c.w.Jira.Hooks), Waiting: len(c.w.Jira.Snapshot().Pending)}}
}

// patience is how long a vendor's calls may take together.
const patience = 20 * time.Second

// deliverParcels lets EasyPost make the calls that are due.
func (c *console) deliverParcels(struct{}) (any, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	return map[string]int{"taken": c.w.EasyPost.Deliver(ctx)}, nil
}

// deliverTickets lets Jira make the calls that are due.
func (c *console) deliverTickets(struct{}) (any, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	return map[string]int{"taken": c.w.Jira.Deliver(ctx)}, nil
}

// spoils are the ways in which EasyPost's calls go wrong.
var spoils = map[string]easypostsim.WebhookMode{
	"":         {},
	"twice":    {Duplicate: true},
	"newest":   {OutOfOrder: true},
	"late":     {Late: 10 * time.Second},
	"lost":     {Missing: true},
	"forged":   {WrongSignature: true},
	"unsigned": {NoSignature: true},
}

func (c *console) spoilParcels(in struct {
	How string `json:"how"`
}) (any, error) {
	mode, ok := spoils[in.How]
	if !ok {
		var known []string
		for how := range spoils {
			if how != "" {
				known = append(known, how)
			}
		}
		slices.Sort(known)
		return nil, fmt.Errorf("how %q: choose one of %s, or nothing", in.How, strings.Join(known, ", "))
	}
	c.w.EasyPost.SetWebhookMode(mode)
	return nil, nil
}
