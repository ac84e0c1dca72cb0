package plan

import (
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// SettingsFor is what the workflow needs of the policy for one leaver, with policy days turned into real time and
// texts filled in. heir may be nil.
func SettingsFor(p policy.Policy, e employee.Employee, heir *Heir) Settings {
	o := p.Offboard
	s := Settings{
		Day: p.Day(), Containment: p.Long(o.ContainedWithin),
		Lease: p.Long(o.Delegation.Lasts), LeaseReminders: longs(p, o.Delegation.RemindBefore),
		LeaseRenewal: p.Long(o.Delegation.Renewal), LeaseRenewals: o.Delegation.Renewals,
		Watch: p.Long(o.Watch.Lasts), WatchEvery: p.Long(o.Watch.Every),
		TransferFirstPoll: p.Long(o.Transfer.Poll), TransferMaxPoll: p.Long(o.Transfer.PollAtMost),
		TransferDeadline: p.Long(o.Transfer.Deadline), TransferApps: o.Transfer.Apps,
		LockMessage: policy.Fill(p.Devices.Lock.Message, "{company}", p.Company.Name),
		LockPoll:    p.Long(p.Devices.Lock.Poll), LockDeadline: p.Long(p.Devices.Lock.Deadline),
		OrgUnit: o.OrgUnit, TaskDue: p.Long(o.Tasks.Due), ApprovalExpiry: p.Long(p.Approvals.Expire),
		Mirror: mirrorSettings(p), Return: returnSettings(p, e), Role: roleSettings(p),
	}
	if !p.LendsMailbox() {
		s.Lease, s.LeaseReminders, s.LeaseRenewals = 0, nil, 0
	}
	s.ApprovalsNeeded, s.ApprovalWhy = p.Approval(e)
	s.EmergencyFrom, s.OneCLIVoice = p.Approvals.EmergencyFrom, p.Access.OneCLIVoice()
	s.ReplySubject, s.ReplyBody = reply(p, e, heir)
	return s
}

func longs(p policy.Policy, spans []policy.Span) []time.Duration {
	var out []time.Duration
	for _, s := range spans {
		out = append(out, p.Long(s))
	}
	return out
}

func mirrorSettings(p policy.Policy) MirrorSettings {
	return MirrorSettings{
		SlackChannel: p.Slack.Channel, SlackEvery: p.Long(p.Slack.Every),
		JiraProject: p.Jira.Project, JiraEvery: p.Long(p.Jira.Every), JiraType: p.Jira.Type, JiraSubtask: p.Jira.Subtask,
		JiraDone: p.Jira.Done, JiraReceived: p.Jira.Received,
		TemporalUI: strings.TrimSuffix(p.TemporalUI, "/"),
	}
}

// reply is the auto-reply with the names filled in. Without an heir a text that names one is replaced by a plain
// sentence: a stranger must never read a placeholder.
func reply(p policy.Policy, e employee.Employee, heir *Heir) (subject, body string) {
	fill := []string{"{name}", oneLine(e.Name()), "{company}", p.Company.Name}
	gone := policy.Fill("{name} no longer works at {company}", fill...)
	subject, body = p.Offboard.AutoReply.Subject, p.Offboard.AutoReply.Body
	if heir != nil {
		fill = append(fill, "{heir_name}", oneLine(heir.Name), "{heir_email}", heir.Email)
	} else {
		if policy.MentionsHeir(subject) {
			subject = gone
		}
		if policy.MentionsHeir(body) {
			body = gone + "."
		}
	}
	return policy.Fill(subject, fill...), policy.Fill(body, fill...)
}

// oneLine keeps a name from breaking a mail header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
