// Package console is one page that shows what every vendor's own console would show of the simulated company, and
// lets a person do there what people do in those consoles: turn somebody inactive in HR, type a slash command, move
// a parcel, close a sub-task. It also turns many people inactive at once, lets EasyPost and Jira make their own calls
// (well or badly), spoils the vendors' calls on demand, and lists what was called. In Slack the page is whoever one
// chooses to be and sees what that person would.
//
// The page is for the machine it runs on: it answers loopback callers under a loopback name only (see [New]), and
// nothing that a vendor holds is ever taken for markup.
package console
