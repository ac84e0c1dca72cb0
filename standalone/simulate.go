package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"tenure/internal/connections"
	"tenure/simulators/console"
	easypostsim "tenure/simulators/easypost"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

// pace is how fast the simulated vendors are: slow enough to watch, fast enough to see the end.
var pace = world.Pace{Parcel: 4 * time.Second, Transfer: 3 * time.Second, Lock: 500 * time.Millisecond}

// vendors brings the stand-ins and their console up.
func (in *installation) vendors(context.Context) error {
	if !in.simulate {
		return nil
	}
	w, err := world.Start(world.Config{Dir: in.path("vendors"), Pace: pace, Latency: 5 * time.Millisecond, RateLimits: true})
	if err != nil {
		return err
	}
	in.world = w
	in.onClose(w.Close)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", in.consolePort))
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	in.consoleURL = "http://" + l.Addr().String()
	in.console = &http.Server{Handler: console.New(w), ReadHeaderTimeout: 10 * time.Second}
	in.serve(in.console, func() error { return in.console.Serve(l) })
	return nil
}

// connect says how the vendors are reached: by the file, or as the stand-ins are.
func (in *installation) connect() (connections.File, error) {
	if in.simulate {
		return standIns(in.world), nil
	}
	return connections.Load(in.connections)
}

// hookSecret is what the simulated vendors prove themselves with. It guards nothing: they and the doors are on loopback.
const hookSecret = "the-stand-ins-prove-it-with-this"

// fastReads lets the simulated Retriever be swept on a fast clock, where a day lasts seconds and its reads would be used
// up before it ends.
const fastReads = 1_000_000

// standIns are the connections of the simulated vendors, with their well-known credentials.
func standIns(w *world.World) connections.File {
	value := func(s string) connections.Secret { return connections.Secret{Value: s} }
	return connections.File{
		Namely: connections.Namely{URL: w.URL["namely"], Token: value(namelysim.DefaultToken)},
		Okta:   connections.Okta{URL: w.URL["okta"], Token: value(oktasim.DefaultToken), HookSecret: value(hookSecret), OwnActors: []string{oktasim.OperatorID}},
		Google: connections.Google{URL: w.URL["google"], Key: value(string(w.Google.ServiceAccountJSON(w.URL["google"]))), Admin: world.GoogleAdmin},
		Jamf:   connections.Jamf{URL: w.URL["jamf"], ClientID: jamfsim.DefaultClientID, Secret: value(jamfsim.DefaultClientSecret)},
		Retriever: connections.Retriever{URL: w.URL["retriever"], Key: value(retrieversim.DefaultKey), ReturnTo: connections.ReturnAddress{
			Recipient: "IT Department", Company: "Example Company", DisplayName: "Example IT", Line1: "9 Elm Street", City: "New York", State: "NY",
			Zip: "10001", Country: "US", Notify: []string{"it@example.com"}},
			ReadsPerDay: fastReads},
		Tracking: connections.Tracking{URL: w.URL["easypost"] + "/v2", Key: value(easypostsim.DefaultKey), WebhookSecret: value(hookSecret)},
		Slack: connections.Slack{URL: w.URL["slack"], BotToken: value(slacksim.DefaultBotToken), AppToken: value(slacksim.DefaultAppToken),
			SigningSecret: value(slacksim.DefaultSigningSecret)},
		Jira: connections.Jira{URL: w.URL["jira"], Flavour: "cloud", Email: jirasim.DefaultEmail, Token: value(jirasim.DefaultToken),
			WebhookSecret: value(hookSecret), IndexWait: 3 * jirasim.DefaultIndexDelay},
	}
}
