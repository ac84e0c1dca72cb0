package world

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	easypostsim "tenure/simulators/easypost"
	jirasim "tenure/simulators/jira"
)

// Webhooks is where the vendors are told to deliver, and with which secrets. An empty secret leaves a vendor silent.
type Webhooks struct {
	Base                 string // scheme, host and port of the front doors
	EasyPost, Okta, Jira string
}

// every is how often the vendors look for something to deliver.
const every = 200 * time.Millisecond

// Deliver has the vendors send their webhooks until ctx ends; wait for what it returns before closing the world. The
// receiver must be up: Okta verifies its hook at once.
func (w *World) Deliver(ctx context.Context, to Webhooks) (ended func(), err error) {
	base := strings.TrimSuffix(to.Base, "/")
	if to.EasyPost != "" && !w.tells(base+"/easypost") {
		w.EasyPost.AddWebhook(base+"/easypost", to.EasyPost)
	}
	if to.Jira != "" {
		w.Jira.Hooks = []jirasim.Webhook{{Name: "tenure", URL: base + "/jira", Events: []string{"jira:issue_updated"}, Secret: to.Jira}}
	}
	if to.Okta != "" && !w.Okta.HookedTo(base+"/okta") {
		if _, err := w.Okta.AddHook(ctx, base+"/okta", to.Okta); err != nil {
			return func() {}, fmt.Errorf("the simulated Okta could not verify its event hook: %w", err)
		}
	}
	var running sync.WaitGroup
	running.Go(func() { w.Jira.Run(ctx) })
	running.Go(func() { post(ctx, w.EasyPost) })
	return running.Wait, nil
}

// tells says whether EasyPost has the address already, as a world on a folder has at its second start.
func (w *World) tells(url string) bool {
	for _, h := range w.EasyPost.Webhooks() {
		if h.URL == url {
			return true
		}
	}
	return false
}

func post(ctx context.Context, s *easypostsim.Simulator) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Deliver(ctx)
		}
	}
}
