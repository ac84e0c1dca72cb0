package slackdoor

import "time"

// BePatient lets the inbox take longer than people wait: for tests that hold it up, on machines that are busy.
func (d *Door) BePatient() { d.patience = time.Minute }
