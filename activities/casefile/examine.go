package casefile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/policy"
	"tenure/internal/store"
)

// Examined is what of the store an examination reads; *store.Store is it.
type Examined interface {
	Schema(ctx context.Context) (applied, known int64, err error)
	VerifyTail(ctx context.Context, limit int64) (end evidence.Head, looked int64, err error)
	OutboxBacklog(ctx context.Context) (count int, oldest time.Time, err error)
	InboxBacklog(ctx context.Context) (count int, oldest time.Time, err error)
	Watch(ctx context.Context) (store.Watch, error)
	Batches(ctx context.Context, state employee.BatchState) ([]employee.Batch, error)
}

const (
	// tailLength is how much of the chain is verified: all of a small one, and no more than takes a second.
	tailLength = 20_000

	// What waits in the outbox is started by the next poll of the HR system, what waits in the inbox within seconds.
	outboxLate, outboxStuck = 15 * time.Minute, time.Hour
	inboxLate, inboxStuck   = time.Minute, 10 * time.Minute
	pollLate, pollStuck     = 30 * time.Minute, 24 * time.Hour
)

// Examine looks at the policy and the store; see [activities.CaseExamine]. What the policy says to the examinations of
// the vendors comes back in Rules.
func (c *Casefile) Examine(ctx context.Context, _ activities.Examine) (activities.Findings, error) {
	p := c.policy()
	x := examination{Casefile: c, Examination: activities.NewExamination("tenure"), policy: p, found: map[string][]employee.Employee{}}
	x.OK("policy", "the policy %s is in force (%s)", p.Source, p.Hash())
	x.access()
	x.people(ctx)
	x.schema(ctx)
	x.chain(ctx)
	x.backlog(ctx, "outbox", c.store.OutboxBacklog, outboxLate, outboxStuck, "what follows from HR's changes is not started: leavers keep their access")
	x.backlog(ctx, "inbox", c.store.InboxBacklog, inboxLate, inboxStuck, "what people and systems asked through the front doors is not carried out")
	x.batches(ctx)
	x.poll(ctx)
	x.gone(ctx)
	out := x.Findings()
	out.Rules = rulesOf(p)
	return out, nil
}

// rulesOf is what the policy says to the examinations of the vendors.
func rulesOf(p policy.Policy) *activities.Examine {
	var statuses []string
	for _, s := range slices.Concat(p.Jira.Done, p.Jira.Received) {
		if !slices.Contains(statuses, s) {
			statuses = append(statuses, s)
		}
	}
	groups := slices.Concat(p.Access.SlackGroups, p.Access.Approvers.SlackGroups)
	slices.Sort(groups)
	given, _ := p.Rules().Names()
	return &activities.Examine{Mapping: p.Maps(), OktaGroups: given, LeaveField: p.Feed.Leave.Field, OrgUnit: p.Offboard.OrgUnit, SlackChannel: p.Slack.Channel, SlackGroups: slices.Compact(groups),
		JiraProject: p.Jira.Project, JiraType: p.Jira.Type, JiraSubtask: p.Jira.Subtask, JiraStatuses: statuses, PolicyHash: p.Hash()}
}

type examination struct {
	*Casefile
	*activities.Examination
	policy policy.Policy
	found  map[string][]employee.Employee // people looked up, by what was asked
	lost   bool                           // the directory could not be read, which is told once
}

// access looks for lists that let nobody in.
func (x examination) access() {
	a := x.policy.Access
	if x.policy.Slack.Channel != "" && len(a.SlackUsers)+len(a.SlackGroups) == 0 {
		x.Warn("access", "nobody may use Tenure in Slack: access.slack_users and access.slack_groups are empty", "slash commands and buttons are refused to everybody",
			"list the members or the user group of the IT team in the policy, by their ids")
	}
	one := len(a.Approvers.SlackUsers)+len(a.Approvers.Actors) == 1 && len(a.Approvers.SlackGroups) == 0
	if one && x.policy.Approvals.Needed > 1 {
		x.Warn("approvers", "two different people must approve, and access.approvers names one", "a case that needs approval can never go on",
			"name a second person, or a user group, under access.approvers in the policy")
	}
}

// people looks for those whom the policy names in the directory: a name that is misspelt protects nobody.
func (x *examination) people(ctx context.Context) {
	p := x.policy
	troubles := 0
	look := func(field, who, why string, mayBeNobody bool) {
		if trouble := x.person(ctx, who, mayBeNobody); trouble != "" {
			troubles++
			x.Warn("person."+field, fmt.Sprintf("%s names %s, %s", field, who, trouble), why, "correct "+field+" in the policy")
		}
	}
	if p.Offboard.Custodian == "" {
		x.Warn("custodian", "offboard.custodian is empty", "the mailbox of somebody without a manager goes to nobody", "name a person or a shared mailbox in the policy")
	} else {
		look("offboard.custodian", p.Offboard.Custodian, "mailboxes of people without a manager, and tasks without an owner, would go there", true)
	}
	for _, actor := range slices.Sorted(maps.Keys(p.Access.Identities)) {
		look("access.identities."+actor, p.Access.Identities[actor], "the two doors of this person count as two people", false)
	}
	for i, who := range p.Approvals.Protected {
		look(fmt.Sprintf("approvals.protected[%d]", i), who, "nobody is protected by it: such a case would not wait for approval", false)
	}
	// Accounts without a person behind them are not in HR; an employee number that nobody has is a slip.
	for field, list := range map[string][]string{"access.break_glass": p.Access.BreakGlass, "access.service_accounts": p.Access.ServiceAccounts} {
		for i, who := range list {
			look(fmt.Sprintf("%s[%d]", field, i), who, "the account that is meant is not kept from being offboarded", strings.Contains(who, "@"))
		}
	}
	for _, app := range slices.Sorted(maps.Keys(p.Apps.Listed)) {
		if owner := p.Apps.Listed[app].Owner; owner != "" {
			look("apps.listed."+app+".owner", owner, "whoever is to take the application away has gone", true)
		}
	}
	if troubles == 0 && !x.lost {
		x.OK("people", "the people whom the policy names are known")
	}
}

// person says what is wrong with a person the policy names; empty when nothing is, or when the directory is lost.
func (x *examination) person(ctx context.Context, who string, mayBeNobody bool) string {
	found, known := x.found[who]
	if !known {
		var err error
		if found, err = x.store.Find(ctx, who); err != nil {
			if !x.lost {
				x.lost = true
				x.Unread("people", "the directory", err, "whether the people whom the policy names are known is not known")
			}
			return ""
		}
		x.found[who] = found
	}
	switch {
	case len(found) == 0 && mayBeNobody:
		return "" // a shared mailbox, a machine's account
	case len(found) == 0:
		return "and the HR system knows nobody of that id or address"
	case len(found) > 1:
		return fmt.Sprintf("and %d people have it", len(found))
	case found[0].Status == employee.Inactive:
		return "who has left"
	case !found[0].DepartureDate.IsZero():
		return "who leaves on " + found[0].DepartureDate.String()
	}
	return ""
}

func (x examination) schema(ctx context.Context) {
	applied, known, err := x.store.Schema(ctx)
	switch {
	case err != nil:
		x.Refused("store", activities.FindingFailure, err, "nothing can be started or kept without the store")
	case applied > known:
		x.Warn("store", fmt.Sprintf("the store has schema %d, and this worker knows %d", applied, known), "a newer Tenure has changed the store: this worker may misread it",
			"update every worker to the newer version")
	default:
		x.OK("store", "the store answers, with schema %d", applied)
	}
}

// chain verifies the end of the evidence. The whole of it: tenure evidence verify.
func (x examination) chain(ctx context.Context) {
	const why = "evidence that does not verify convinces no auditor"
	end, looked, err := x.store.VerifyTail(ctx, tailLength)
	var broken *evidence.BrokenError
	switch {
	case errors.As(err, &broken):
		x.Fail("evidence", broken.Error(), why, "restore the store from a backup of before, compare, and find out who wrote to it: `tenure evidence verify` names the record")
	case err != nil:
		x.Unread("evidence", "the evidence", err, why)
	case end.Count == 0:
		x.OK("evidence", "there is no evidence yet")
	default:
		x.OK("evidence", "the last %d of %d records verify; the chain ends with %s", looked, end.Count, end.Hash[:12])
	}
}

// backlog looks how long the oldest of what waits has waited.
func (x examination) backlog(ctx context.Context, name string, read func(context.Context) (int, time.Time, error), late, stuck time.Duration, why string) {
	const mend = "see that a worker takes the queue lifecycle and that tenure serve runs; their logs say what is refused"
	n, oldest, err := read(ctx)
	if err != nil {
		x.Unread(name, "the "+name, err, why)
		return
	}
	waited := x.now().Sub(oldest)
	text := fmt.Sprintf("%d wait in the %s, the oldest for %s", n, name, waited.Round(time.Second))
	switch {
	case n == 0:
		x.OK(name, "nothing waits in the %s", name)
	case waited >= stuck:
		x.Fail(name, text, why, mend)
	case waited >= late:
		x.Warn(name, text, why, mend)
	default:
		x.OK(name, "%s", text)
	}
}

// batches tells of what the mass guard holds.
func (x examination) batches(ctx context.Context) {
	const why = "nobody of a held batch is offboarded until two different people have decided"
	held, err := x.store.Batches(ctx, employee.BatchHeld)
	if err != nil {
		x.Unread("batches", "held batches", err, why)
		return
	}
	if len(held) == 0 {
		x.OK("batches", "the mass guard holds nothing")
		return
	}
	for _, b := range held {
		x.Warn("batch."+b.ID, fmt.Sprintf("batch %s holds %d people until %s: %s", b.ID, len(b.Held()), b.Expires.UTC().Format(time.RFC3339), b.Cause), why,
			"look at it with `tenure batch show "+b.ID+"`, and release or reject it")
	}
}

// poll tells how the last look at the HR system ended.
func (x examination) poll(ctx context.Context) {
	const why = "nobody who joins or leaves is noticed meanwhile"
	w, err := x.store.Watch(ctx)
	switch age := x.now().Sub(w.Poll.At); {
	case err != nil:
		x.Unread("poll", "how the last poll ended", err, why)
	case w.Poll.At.IsZero():
		x.Warn("poll", "the HR system has not been read yet", why, "run tenure serve, or read it now with `tenure watch run-now`")
	case w.Poll.Outcome != employee.PollAccepted:
		x.distrusted(w.Poll, why)
	case age >= pollStuck:
		x.Fail("poll", "the HR system was last read "+age.Round(time.Minute).String()+" ago", why, "see that the schedule watch-directory runs and that a worker takes the queue namely")
	case age >= pollLate:
		x.Warn("poll", "the HR system was last read "+age.Round(time.Minute).String()+" ago", why, "see that the schedule watch-directory runs and that a worker takes the queue namely")
	default:
		x.OK("poll", "the HR system was read %s ago: %d profiles", age.Round(time.Second), w.Poll.Profiles)
	}
}

// gone tells of whom the HR system does not show any more: nobody offboards them.
func (x examination) gone(ctx context.Context) {
	w, err := x.store.Watch(ctx)
	if err != nil || len(w.Gone) == 0 {
		return // poll has told that the watch cannot be read
	}
	ids := make([]employee.ID, len(w.Gone))
	for i, g := range w.Gone {
		ids[i] = g.Employee
	}
	x.Warn("gone", fmt.Sprintf("the HR system does not show %d people any more who have not left: %s", len(ids), list(ids)),
		"nobody is taken for a leaver because they are missing: they keep their access until somebody says that they left",
		"offboard each who left (`tenure offboard`), and see why HR hides the others")
}

// distrusted tells why the last reading was thrown away, or failed. One that fails is a failure when it lasts.
func (x examination) distrusted(p employee.Poll, why string) {
	text, mend := "the last reading of the HR system was "+string(p.Outcome), "look at it with `tenure watch status`"
	if p.Distrust != nil {
		text, mend = text+": "+p.Distrust.What, p.Distrust.Mend
	}
	text += ", since " + p.Since.UTC().Format(time.RFC3339)
	if x.now().Sub(p.Since) >= pollLate {
		x.Fail("poll", text, why, mend)
		return
	}
	x.Warn("poll", text, why, mend)
}
