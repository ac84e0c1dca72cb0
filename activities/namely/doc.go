// Package namely reads the HR system of record: [System.ScanDirectory] reads all profiles, whole or not at all, and
// the store compares them with its snapshot. [System.Examine] looks over the connection, [System.ListFields] lists what a
// policy can name. Only fields that Tenure uses and those that the policy names are decoded; pay, health and identity
// numbers, which Namely may send along, never leave the answer they came in.
//
// Facts behind it are the vendor's (developers.namely.com): paging ends at the empty page and not before; departments
// and office locations are groups; 406 is the throttle, at 100 requests to /profiles a minute; fields that the token's
// role may not see are missing without a word.
package namely
