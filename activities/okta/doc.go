// Package okta carries out the okta.* steps: it reads an account, cuts its access, removes what it holds, deactivates
// it, watches it and brings it back. It talks to Okta through SDK v2 with everything that SDK does behind one's back
// switched off: no cache (a read after a write must be a read), one attempt per call (Temporal owns retries), no
// settings from files or the environment.
//
// Every step is: read; already there? say so; act; confirm by a separate read. An answer of 200 is not taken as
// proof. A call whose answer was lost is judged by reading again.
//
// Bringing an account to a role ([System.ConvergeUser]) asks the gate of [Config] right before and right after everything
// that gives access, and takes back by itself what was given a moment too late.
//
// The credential needs to read and manage users, groups, apps and devices, to manage roles, and to read the System
// Log; as OAuth scopes, [Scopes]. Where the policy maps attributes, its check reads the user schema as well; that scope is
// asked for there alone.
package okta
