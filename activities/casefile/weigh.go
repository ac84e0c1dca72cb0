package casefile

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

// The doors that an actor begins with.
const (
	doorSlack    = "slack"
	doorCLI      = "cli"
	doorJira     = policy.DoorJira
	doorOkta     = policy.DoorOkta
	doorEasyPost = "easypost"
)

// actorShape is what an actor looks like: the door, and who it is there. Jira's ids can have a colon of their own.
var actorShape = regexp.MustCompile(`^([a-z]+:[^\s:]+|jira:\S+)$`)

// weighing is one ask being weighed against the policy in force.
type weighing struct {
	*Casefile
	activities.WeighAsk
	policy policy.Policy
	door   string
	out    activities.WeighedAsk
}

// WeighAsk decides whether an ask may go ahead: who asks, whether they may ask this, whom and when it means. Whatever
// is not allowed by the policy is refused, and whoever may not ask learns nothing about whom they asked for: authority
// is looked at before anybody is looked up. A refusal is a result; the error says that nothing could be decided.
func (c *Casefile) WeighAsk(ctx context.Context, in activities.WeighAsk) (activities.WeighedAsk, error) {
	p := c.policy()
	door, _, _ := strings.Cut(in.Ask.Actor, ":")
	w := &weighing{Casefile: c, WeighAsk: in, policy: p, door: door}
	w.out.By.Actor, w.out.Channel = in.Ask.Actor, p.Slack.Channel
	for i, part := range []func(context.Context) error{w.whoAsks, w.mayAsk, w.inTime, w.whom, w.mayTouch, w.when, w.mayHaveRole} {
		err := part(ctx)
		if w.out.LookUp != nil {
			return w.out, nil
		}
		var p *activities.Problem
		if errors.As(err, &p) && !p.Retryable() {
			w.out.Refusal = &activities.Refusal{Type: p.Type, Text: p.Text, Mend: p.Mend, Stranger: i < 2} // whoAsks, mayAsk
			return w.out, nil
		}
		if err != nil {
			return activities.WeighedAsk{}, activities.Classify(err)
		}
	}
	return w.out, nil
}

// no is a refusal with its mend.
func no(typ, mend, format string, args ...any) error {
	p := activities.Problemf(typ, format, args...)
	p.Mend = mend
	return p
}

// whoAsks finds the person behind the actor.
func (w *weighing) whoAsks(ctx context.Context) error {
	if !actorShape.MatchString(w.Ask.Actor) {
		return no(activities.Forbidden, "at the command line, say who asks with --as, in one word: --as jo", "%q does not say who asks at which door", w.Ask.Actor)
	}
	switch w.door {
	case doorSlack:
		return w.member(ctx)
	case doorCLI:
		return w.knownAs(ctx, w.hints()...)
	case doorJira, doorOkta, doorEasyPost:
		return w.knownAs(ctx, w.policy.Access.Identities[w.Ask.Actor])
	}
	return no(activities.Forbidden, "", "nobody may ask through the door %q", w.door)
}

// member takes who the Slack user is from Slack itself, at the moment of asking.
func (w *weighing) member(ctx context.Context) error {
	_, user, _ := strings.Cut(w.Ask.Actor, ":")
	if w.Member == nil {
		w.out.LookUp = &activities.LookUpMember{User: user, Groups: w.groups(user)}
		return nil
	}
	if w.Member.User != user || !w.Member.Full {
		return no(activities.Forbidden, "", "%s is not a full, living member of this Slack workspace", w.Ask.Actor)
	}
	w.out.By.Name = w.Member.Name
	return w.knownAs(ctx, w.policy.Access.Identities[w.Ask.Actor], w.Member.Email)
}

// groups are those that could let the user ask for this. Slack answers few questions about groups in a minute, so that
// none is asked for somebody whom the policy names: strangers who ask and ask do not lock them out.
func (w *weighing) groups(user string) []string {
	users, groups := w.lists()
	if slices.Contains(users, user) {
		return nil
	}
	groups = slices.Clone(groups)
	slices.Sort(groups)
	return slices.Compact(groups)
}

// lists are the members and groups that may ask for this verb.
func (w *weighing) lists() (users, groups []string) {
	a := w.policy.Access
	if decisive(w.Ask.Verb) && a.Approvers.Named() {
		return a.Approvers.SlackUsers, a.Approvers.SlackGroups
	}
	return a.SlackUsers, a.SlackGroups
}

// hints are what a user of the command line may be known as: what the policy says, the name as it is, the name at the
// company's domain.
func (w *weighing) hints() []string {
	_, name, _ := strings.Cut(w.Ask.Actor, ":")
	if who := w.policy.Access.Identities[w.Ask.Actor]; who != "" {
		return []string{who}
	}
	if strings.Contains(name, "@") {
		return []string{name}
	}
	return []string{name + "@" + w.policy.Company.Domain, name}
}

// knownAs takes the first hint that fits exactly one person of the directory. Nobody is no error: what needs a known
// person says so later.
func (w *weighing) knownAs(ctx context.Context, hints ...string) error {
	for _, hint := range hints {
		if hint == "" {
			continue
		}
		found, err := w.store.Find(ctx, hint)
		if err != nil {
			return err
		}
		e, ok := theLiving(found)
		if !ok {
			continue
		}
		w.out.By.Employee = e.ID
		if w.out.By.Name == "" {
			w.out.By.Name = e.Name()
		}
		if e.Status == employee.Inactive {
			return no(activities.Forbidden, "", "%s no longer works here, says HR", w.Ask.Actor)
		}
		return nil
	}
	return nil
}

// theLiving is the one person who is meant: the only one, or the only one who is not a former profile.
func theLiving(found []employee.Employee) (employee.Employee, bool) {
	if len(found) == 1 {
		return found[0], true
	}
	living := slices.DeleteFunc(slices.Clone(found), func(e employee.Employee) bool { return e.Status == employee.Inactive })
	if len(living) == 1 {
		return living[0], true
	}
	return employee.Employee{}, false
}

// decisive verbs are those that two different people may be needed for.
func decisive(v activities.Verb) bool {
	return slices.Contains([]activities.Verb{activities.VerbApprove, activities.VerbDeny, activities.VerbBatchRelease,
		activities.VerbBatchReject, activities.VerbRaise, activities.VerbAccept}, v)
}

// mayAsk looks at the policy's lists.
func (w *weighing) mayAsk(context.Context) error {
	if !slices.Contains(activities.Verbs(), w.Ask.Verb) {
		return no(activities.Unsupported, "", "%q is nothing this version can be asked for", w.Ask.Verb)
	}
	switch w.door {
	case doorEasyPost:
		return w.only(activities.VerbShipmentMoved)
	case doorJira:
		if decidesWho(w.Ask.Step) {
			return no(activities.Forbidden, "press the button on the card, or use: tenure step done CASE STEP", "who somebody is, is not decided by moving a ticket: somebody of the IT team says it by name")
		}
		return w.system(activities.VerbDone, activities.VerbReceived, activities.VerbTicketMoved)
	case doorOkta:
		return w.system(activities.VerbOffboard)
	}
	if w.Ask.Verb.Fact() {
		return w.only()
	}
	if !w.listed() {
		return no(activities.Forbidden, "ask somebody of the IT team", "%s may not ask for %s", w.Ask.Actor, w.Ask.Verb)
	}
	if decisive(w.Ask.Verb) && w.out.By.Employee == "" {
		return no(activities.Forbidden, "name the person behind it under access.identities in the policy",
			"%s cannot decide: it is not known which employee that is, and two doors of one person must not count as two people", w.Ask.Actor)
	}
	if decisive(w.Ask.Verb) && w.door == doorCLI && w.policy.Access.CLIDecides == policy.CLINever {
		return no(activities.Forbidden, "decide in Slack", "the policy lets nobody decide at the command line (access.cli_decides)")
	}
	return nil
}

// stalest is how old the word of a person may be. What they saw when they asked is not so any more, and they have long
// done something else about it. What a system reports stays true.
const stalest = 24 * time.Hour

// inTime refuses what a person asked for long ago, for example before Temporal was away for a weekend.
func (w *weighing) inTime(context.Context) error {
	if !w.personal() || w.Ask.Received.IsZero() || w.At.Sub(w.Ask.Received) <= stalest {
		return nil
	}
	return no(activities.Conflict, "ask again", "it waited too long: it was asked for at %s, and %s was not done", w.Ask.Received.UTC().Format(time.RFC3339), w.Ask.Verb)
}

// personal says whether the door is one at which people ask.
func (w *weighing) personal() bool { return w.door == doorSlack || w.door == doorCLI }

func (w *weighing) only(verbs ...activities.Verb) error {
	if slices.Contains(verbs, w.Ask.Verb) {
		return nil
	}
	return no(activities.Forbidden, "", "the door %s is not for %s", w.door, w.Ask.Verb)
}

// system lets a system's word count where the policy says so.
func (w *weighing) system(verbs ...activities.Verb) error {
	if !w.policy.Access.SystemCounts(w.door) {
		return no(activities.Forbidden, "list "+w.door+" under access.systems in the policy if its word is to count", "the policy does not let %s ask for anything", w.door)
	}
	return w.only(verbs...)
}

// listed says whether the policy names the actor for what is asked. The command line is let in by its access to
// Temporal, but where approvers are named, only they decide.
func (w *weighing) listed() bool {
	a := w.policy.Access
	asked := w.isOneOf(w.lists())
	if decisive(w.Ask.Verb) && a.Approvers.Named() {
		return asked || slices.Contains(a.Approvers.Actors, w.Ask.Actor)
	}
	if asked || w.door == doorCLI {
		return true
	}
	// Whether it is the heir is seen where the case is; see ask.Carry.
	if w.Ask.Verb == activities.VerbExtend && a.HeirMayExtend && w.out.By.Employee != "" {
		w.out.By.OnlyAsHeir = true
		return true
	}
	return false
}

func (w *weighing) isOneOf(users, groups []string) bool {
	if w.door != doorSlack || w.Member == nil {
		return false
	}
	return slices.Contains(users, w.Member.User) || slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(w.Member.In, g) })
}

// mayTouch keeps people's hands off themselves and off accounts that nobody could replace.
func (w *weighing) mayTouch(ctx context.Context) error {
	e, by := w.out.Person, w.out.By
	harmless := w.Ask.Verb == activities.VerbExplain
	self, err := w.themselves(ctx)
	if err != nil {
		return err
	}
	if self && !harmless {
		return no(activities.Forbidden, "somebody else of the IT team must ask", "%s is about themselves and is not done on their own word", w.Ask.Verb)
	}
	if needed, why := w.policy.Approval(e); w.personal() && by.Employee == "" && needed > 0 && !harmless {
		return no(activities.Forbidden, "name the person behind "+w.Ask.Actor+" under access.identities in the policy",
			"it is not known which employee %s is, and so %s of %s is not done: %s", w.Ask.Actor, w.Ask.Verb, e.ID, why)
	}
	if w.Ask.Verb != activities.VerbOffboard {
		return nil
	}
	if why := w.policy.Access.Untouchable(e); why != "" {
		return no(activities.Forbidden, "take it off that list first, by a change of the policy that somebody reviews", "%s is not offboarded through any front door: %s", e.ID, why)
	}
	if w.Ask.Emergency && !w.policy.MayHurry(w.Ask.Actor) {
		return no(activities.Forbidden, "ask without emergency, or have the actor named under approvals.emergency_from in the policy", "%s may not ask for an emergency", w.Ask.Actor)
	}
	return nil
}

// themselves says whether whoever asks is whom it is about, under any of their records: also as the one whom a new record
// may belong to.
func (w *weighing) themselves(ctx context.Context) (bool, error) {
	by := w.out.By.Employee
	if by == "" {
		return false, nil
	}
	main, err := w.store.MainID(ctx, by)
	if err != nil {
		return false, err
	}
	about := []employee.ID{w.out.Person.ID}
	if w.Ask.Step.Action() == plan.IdentityMatch {
		about = append(about, employee.ID(w.Ask.Step.Object()))
	}
	for _, id := range about {
		if id == "" {
			continue
		}
		if other, err := w.store.MainID(ctx, id); err != nil || other == main {
			return err == nil, err
		}
	}
	return false, nil
}

// when reads the moment at which an offboarding is to begin.
func (w *weighing) when(context.Context) error {
	if w.Ask.Verb != activities.VerbOffboard {
		return nil
	}
	at, err := plan.ParseMoment(w.policy, w.out.Person, w.Ask.When, w.At)
	switch {
	case err != nil:
		return no(activities.InvalidInput, "", "%w", err)
	case w.Ask.Emergency && !at.IsZero():
		return no(activities.InvalidInput, "leave the moment out", "an emergency begins at once and has no moment")
	}
	w.out.EffectiveAt = at
	return nil
}
