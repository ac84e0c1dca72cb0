// Package world puts every vendor's stand-in together into one company: each on its own loopback address, seeded
// from package company, and wired to each other where the vendors are (Okta pushes deactivations into Google,
// Retriever's parcels are what EasyPost tracks). It is what demonstrations and end-to-end tests run against.
package world
