// Package retrieversim stands in for Retriever, which sends a box for a laptop and brings it back, and sends laptops of
// its warehouse to people who join: orders, deployments and the warehouse, each listed in pages of fifty, prepaid
// balances, and the portal's cancel button.
//
// Like the vendor it has no idempotency and no search: two equal POSTs are two orders and two credits. Only a device
// that is deployed already is not deployed once more. Orders move
// by themselves every Pace, or when [Simulator.Advance] says so. When a box ships, the tracking numbers of both legs
// appear and OnShip is called, so that a carrier's stand-in can take them up.
package retrieversim
