// Package webhooks is the HTTP server behind which EasyPost, Okta and Jira deliver what they saw, and Slack its
// requests where Socket Mode is not used.
//
// A door verifies that a message comes from its vendor, understands its form, and puts an ask into the inbox. It looks
// nothing up and believes nothing: whoever carries the ask reads the vendor again. The vendor is answered 2xx only
// when the ask is kept, and 503 when it could not be, so that the vendor delivers it again; the same message is kept
// once, by the vendor's own id.
//
// A stranger costs next to nothing and learns next to nothing: a request without proof is refused from its headers
// where they suffice, and otherwise after a bounded read and one hash. Nothing is decoded before the proof holds. No
// body and no secret is ever logged.
package webhooks
