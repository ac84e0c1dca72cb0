// Package slacksim is a wire-level stand-in for one Slack workspace and one app installed in it: the Web API with
// both ways of sending a token, private channels with membership, threads, message metadata, Block Kit's limits,
// modals and App Home, file uploads, user groups, the admin and SCIM calls that end a person's access, Socket Mode
// over a WebSocket, and signed HTTP delivery. People are played by Go methods: [Simulator.RunCommand],
// [Simulator.PressButton], [Simulator.SubmitView], [Simulator.Say].
//
// The zero value works in one line:
//
//	var sim slacksim.Simulator
//	srv := httptest.NewServer(&sim)
//
// Nothing sleeps: whatever takes time at Slack (trigger ids, response URLs, shares, rate limits) is computed from
// the stand-in's clock. The only real waiting is for the app's acknowledgement of a command or a button.
package slacksim
