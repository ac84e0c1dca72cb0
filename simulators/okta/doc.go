// Package oktasim is a stand-in for Okta's Management API and its token endpoint, true to the wire: user states
// and their illegal transitions, error codes, pagination by separate Link lines, rate-limit headers, the System Log
// and event hooks. It has types of its own and imports nothing of Tenure but the stand-ins' kit.
//
// The zero value works:
//
//	var sim oktasim.Simulator
//	server := httptest.NewServer(&sim)
//	jo := sim.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "jo@example.com"}})
//
// Calls authenticate with "Authorization: SSWS " + [DefaultToken], or with an access token of a service app made by
// [Simulator.AddServiceApp].
//
// Where Okta's documents are silent the stand-in picks one answer and says so at the place; a client must bear the
// other one too.
package oktasim
