// Package namelysim is a wire-level stand-in for Namely, the HR system: profiles with paging, sorting and filters,
// groups and job titles, the writes the vendor has, its throttle (406), and the ways in which a token goes bad.
//
// The zero value works: var sim namelysim.Simulator; srv := httptest.NewServer(&sim). Requests carry the bearer token
// [DefaultToken] unless Token says otherwise. What HR does in the vendor's own pages are Go methods: Hire, Edit,
// SetStatus, SetDeparture, SetField, AddField.
package namelysim
