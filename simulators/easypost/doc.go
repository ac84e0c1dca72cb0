// Package easypostsim stands in for EasyPost's trackers: a carrier's parcels that move, trackers over them, and
// webhooks that tell of it, signed.
//
// A parcel is what the carrier knows ([Simulator.Register], [Simulator.Move]); a tracker is what a customer asked
// EasyPost to watch. Creating the same tracker twice within three months gives the same one. Webhooks are sent by
// [Simulator.Deliver], with the faults real ones have: wrong signature, twice, out of order, late, or not at all.
package easypostsim
