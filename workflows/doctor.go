package workflows

import (
	"errors"
	"net/url"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// DoctorInput says what to examine.
type DoctorInput struct {
	// Only names the systems to be examined, as they stand in findings; empty is every one of them.
	Only []string `json:"only,omitempty"`
}

// DoctorResult is what the examinations found, by system and the worst first.
type DoctorResult struct {
	Findings []activities.Finding `json:"findings"`
	// PolicyHash is the hash of the policy by which the workers work; empty when it could not be read.
	PolicyHash string `json:"policyHash,omitempty"`
}

// DoctorID is the id of one examination; key tells it from every other.
func DoctorID(key string) string { return ProcessDoctor.slug() + "/" + url.PathEscape(key) }

// How long an examination may take: to be taken by a worker, and to be made. Nothing here is tried for long: that
// something does not answer is what is to be found out.
const (
	examineTaken = 20 * time.Second
	examineMade  = 30 * time.Second
)

// TenureSystem is the name under which findings about the policy and the store stand.
const TenureSystem = "tenure"

// examinations are those of the vendors, by the name of their queue, which is the system's name in findings.
var examinations = []activities.Activity[activities.Examine, activities.Findings]{
	activities.NamelyExamine, activities.OktaExamine, activities.GoogleExamine, activities.JamfExamine,
	activities.RetrieverExamine, activities.TrackingExamine, activities.SlackExamine, activities.JiraExamine,
}

// Examined lists the systems that [Doctor] can examine, as [DoctorInput.Only] names them.
func Examined() []string {
	names := []string{TenureSystem}
	for _, a := range examinations {
		names = append(names, a.Queue)
	}
	return names
}

// Doctor examines the policy, the store and every vendor, all vendors at once, and changes nothing. It always ends,
// and within a minute: a queue that nobody takes and a vendor that does not answer are findings.
func Doctor(ctx workflow.Context, in DoctorInput) (DoctorResult, error) {
	var r DoctorResult
	wanted := func(system string) bool { return len(in.Only) == 0 || slices.Contains(in.Only, system) }
	// The vendors' examinations go by what the policy says, so it is read whether or not it is asked about.
	own, err := examineOwn(ctx)
	rules := activities.Examine{}
	if own.Rules != nil {
		rules, r.PolicyHash = *own.Rules, own.Rules.PolicyHash
	}
	if wanted(TenureSystem) || err != nil {
		r.Findings = append(own.Findings, unfinished(TenureSystem, activities.QueueLifecycle, err)...)
	}
	begun := make([]workflow.Future, len(examinations))
	for i, a := range examinations {
		if wanted(a.Queue) {
			begun[i] = workflow.ExecuteActivity(examining(ctx, a.Queue), a.Name, rules)
		}
	}
	for i, a := range examinations {
		if begun[i] == nil {
			continue
		}
		var found activities.Findings
		err := begun[i].Get(ctx, &found)
		r.Findings = append(append(r.Findings, found.Findings...), unfinished(a.Queue, a.Queue, err)...)
	}
	activities.SortFindings(r.Findings)
	return r, nil
}

// examineOwn looks at the policy and the store, once.
func examineOwn(ctx workflow.Context) (activities.Findings, error) {
	var found activities.Findings
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: profileOf(activities.Local).start, Summary: "examine the policy and the store",
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	return found, workflow.ExecuteLocalActivity(ctx, activities.CaseExamine.Name, activities.Examine{}).Get(ctx, &found)
}

func examining(ctx workflow.Context, queue string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: queue, ScheduleToStartTimeout: examineTaken, StartToCloseTimeout: examineMade,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}, Summary: "examine " + queue,
		Priority: temporal.Priority{PriorityKey: priorityRead},
	})
}

// unfinished is the finding of an examination that gave none.
func unfinished(system, queue string, err error) []activities.Finding {
	if err == nil {
		return nil
	}
	f := activities.Finding{System: system, Check: system + ".examination", Severity: activities.FindingFailure,
		Text: "the examination did not end within " + examineMade.String(), Why: "the steps of " + system + " would hang in the same way",
		Mend: "look at the worker's log and at the network between it and " + system + "; then ask again"}
	var late *temporal.TimeoutError
	var refused *temporal.ApplicationError
	switch {
	case errors.As(err, &late) && late.TimeoutType() == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START:
		f.Check = system + ".worker"
		f.Text = "no worker took an examination from the queue " + queue + " within " + examineTaken.String() + ": none runs, or all are busy"
		f.Why = "every step of " + system + " waits until one does"
		f.Mend = "start tenure-worker, or standalone; if one runs, wait for what it is doing and ask again"
	case errors.As(err, &refused):
		p := troubleOf(err)
		f.Text = "the examination failed: " + p.Text
		if p.Mend != "" {
			f.Mend = p.Mend
		}
	}
	return []activities.Finding{f}
}
