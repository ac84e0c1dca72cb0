// Package vendorhttp is the one HTTP core for every vendor: a client that makes one attempt and no more (Temporal
// owns retries), with a timeout, a bound on the answer's size, the vendor's own delay read from its headers, and
// errors that never carry a secret. System packages build their thin clients on it, or hand its transport to a
// vendor's SDK.
package vendorhttp
