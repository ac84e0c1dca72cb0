// Package googlesim stands in for Google Workspace on the wire: the OAuth token endpoint of a service account
// with domain-wide delegation, the Directory API, the Data Transfer API and the Gmail settings API, with the
// vendor's states, refusals, error bodies, paging and quotas.
//
// The zero value works:
//
//	var sim googlesim.Simulator
//	srv := httptest.NewServer(&sim)
//	key := sim.ServiceAccountJSON(srv.URL)
//
// What is stricter here than the vendor documents is so on purpose: where the vendor's answer is not known, the
// stand-in gives the one that hurts a careless client most, and a knob gives the others.
package googlesim
