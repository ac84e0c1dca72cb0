// Package jamfsim stands in for a Jamf Pro server: API-client tokens, computer and mobile inventory with sections
// and RSQL filters, MDM commands, lock PINs, and the Macs behind them.
//
// What makes it worth testing against is what makes Jamf dangerous: every POST queues another command, a Mac that
// is locked answers nobody, a second lock with another PIN strands its owner ([Device].Stranded), a Mac that is
// offline leaves its command pending for ever, a node of the cluster may not show yet what another has written,
// and a missing command privilege shows only when the command is sent.
//
// The zero value works and holds no devices:
//
//	var sim jamfsim.Simulator
//	srv := httptest.NewServer(&sim)
package jamfsim
