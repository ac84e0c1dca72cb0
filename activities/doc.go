// Package activities is the contract between the workflows, which decide, and the systems, which act: a typed
// handle for every activity, its input and its result, and the closed set of error types. It contains no vendor
// code: okta/, google/, jamf/ and the others below it implement the handles, one package per system.
//
// A workflow calls an activity by its handle only, and a system binds its method to the same handle, so that
// name, queue and payload types cannot drift apart.
package activities
