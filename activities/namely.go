package activities

import "time"

// Activities of Namely, and of the directory snapshot that is kept of it.
var (
	// NamelyScanDirectory reads every profile, compares it with the stored snapshot, and commits the new snapshot
	// together with the events that follow from it (outbox). A bad poll is discarded whole, and why is kept (see
	// WatchStatus); a profile that is missing is never taken for a leaver; the first scan is a baseline and yields no
	// events. A burst of events is held in a batch from the first moment.
	NamelyScanDirectory = define[ScanDirectory, ScanResult](QueueNamely, "namely.ScanDirectory", Scan)
)

// ScanDirectory asks for one full scan.
type ScanDirectory struct{}

// ScanResult says what a scan saw; the people themselves stay in the store.
type ScanResult struct {
	Profiles int       `json:"profiles"`
	Baseline bool      `json:"baseline,omitempty"` // this was the first scan
	Events   int       `json:"events"`
	Held     int       `json:"held,omitempty"`  // of the events, in a batch
	Batch    string    `json:"batch,omitempty"` // the batch that this scan opened: "B7"
	At       time.Time `json:"at"`
}
