// Package kit is what every vendor's stand-in shares: fault injection per route, a call log that survives a
// crash, durable state, and a clock. It knows no vendor and imports nothing of Tenure.
//
// A stand-in embeds a Kit and wraps its routes with [Kit.Wrap]. The zero value works: no faults, the system
// clock, the log and the state in memory only.
package kit
