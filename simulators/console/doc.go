// Package console is one page that shows what every vendor's own console would show of the simulated company, and
// lets a person do there what people do in those consoles: turn somebody inactive in HR, type a slash command, move
// a parcel, close a sub-task. It also spoils the vendors' calls on demand and lists what was called.
//
// The page is for the machine it runs on: it answers loopback callers under a loopback name only (see [New]), and
// nothing that a vendor holds is ever taken for markup.
package console
