// Package slackdoor is the front door in Slack: slash commands, buttons and forms, over Socket Mode or signed HTTP.
//
// The door understands the form of what is asked and nothing else. It looks nobody up and decides nothing: it makes
// an [activities.Ask], puts it into the inbox and acknowledges it once the inbox has kept it, within Slack's three
// seconds whatever Temporal is doing. Who may ask is weighed behind it, at the moment of the ask. So whatever the door
// itself answers is the same for everybody: a stranger learns from it neither who works here nor which cases there are.
package slackdoor
