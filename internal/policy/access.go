package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tenure/internal/employee"
)

// Access is who may ask Tenure for what through its front doors. Whatever is not named here is refused.
type Access struct {
	// SlackUsers and SlackGroups name members ("U012AB3CD") and user groups ("S012AB3CD") of the IT team, who may ask
	// for everything.
	SlackUsers  []string `yaml:"slack_users"`
	SlackGroups []string `yaml:"slack_groups"`
	// Approvers are those who may approve or deny a case and release or reject a batch; without any, the IT team may.
	Approvers Approvers `yaml:"approvers"`
	// CLIDecides says how many of the people that a decision needs may speak at the command line, where who speaks is
	// only said: one, any, never.
	CLIDecides string `yaml:"cli_decides"`
	// HeirMayExtend lets whoever the mailbox was lent to renew the loan.
	HeirMayExtend bool `yaml:"heir_may_extend"`
	// Systems are doors whose word counts without a person: okta (its event hook), jira (a ticket that is moved).
	Systems []string `yaml:"systems"`
	// Identities say who stands behind an actor of a door ("cli:jo"), as an employee id or a work address, so that
	// one person at two doors is one person.
	Identities map[string]string `yaml:"identities"`
	// BreakGlass and ServiceAccounts are accounts that no front door offboards, by employee id or address.
	BreakGlass      []string `yaml:"break_glass"`
	ServiceAccounts []string `yaml:"service_accounts"`
}

// Approvers are members and user groups of Slack, and actors of other doors ("cli:kim").
type Approvers struct {
	SlackUsers  []string `yaml:"slack_users"`
	SlackGroups []string `yaml:"slack_groups"`
	Actors      []string `yaml:"actors"`
}

// Named says whether anybody is.
func (a Approvers) Named() bool { return len(a.SlackUsers)+len(a.SlackGroups)+len(a.Actors) > 0 }

// The values of [Access.CLIDecides].
const (
	CLIOne   = "one"
	CLIAny   = "any"
	CLINever = "never"
)

// OneCLIVoice says whether of two people who decide together only one may speak at the command line.
func (a Access) OneCLIVoice() bool { return a.CLIDecides != CLIAny }

// SystemCounts says whether a door's word counts without a person.
func (a Access) SystemCounts(door string) bool { return slices.Contains(a.Systems, door) }

// Untouchable says why no front door offboards this account; empty when one may.
func (a Access) Untouchable(e employee.Employee) string {
	for _, list := range []struct {
		who []string
		why string
	}{{a.BreakGlass, "the policy lists this account as break-glass"}, {a.ServiceAccounts, "the policy lists this account as a service account"}} {
		for _, who := range list.who {
			if strings.EqualFold(who, string(e.ID)) || e.Email != "" && strings.EqualFold(who, e.Email) {
				return list.why
			}
		}
	}
	return ""
}

var (
	memberShape = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)
	groupShape  = regexp.MustCompile(`^S[A-Z0-9]{2,}$`)
	actorShape  = regexp.MustCompile(`^([a-z]+:[^\s:]+|jira:\S+)$`) // Jira's ids can have a colon
)

// Doors of an [Access.Systems] list.
const (
	DoorOkta = "okta"
	DoorJira = "jira"
)

func (c checker) access() {
	a := c.policy.Access
	c.slackIDs(a.SlackUsers, "access.slack_users", memberShape, "the id of a Slack member", "U012AB3CD")
	c.slackIDs(a.SlackGroups, "access.slack_groups", groupShape, "the id of a Slack user group", "S012AB3CD")
	c.slackIDs(a.Approvers.SlackUsers, "access.approvers.slack_users", memberShape, "the id of a Slack member", "U012AB3CD")
	c.slackIDs(a.Approvers.SlackGroups, "access.approvers.slack_groups", groupShape, "the id of a Slack user group", "S012AB3CD")
	for i, who := range a.Approvers.Actors {
		c.shape(who, actorShape, fmt.Sprintf("access.approvers.actors[%d]", i), "an actor", "cli:kim")
	}
	for i, door := range a.Systems {
		c.oneOf(door, fmt.Sprintf("access.systems[%d]", i), DoorOkta, DoorJira)
	}
	c.oneOf(a.CLIDecides, "access.cli_decides", CLIOne, CLIAny, CLINever)
	c.identities()
	c.persons(a.BreakGlass, "access.break_glass")
	c.persons(a.ServiceAccounts, "access.service_accounts")
}

func (c checker) slackIDs(ids []string, field string, shape *regexp.Regexp, what, example string) {
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", field, i)
		c.refuse(!shape.MatchString(id), at, fmt.Sprintf("%q is not %s", id, what), "write it like "+example)
		c.refuse(slices.Index(ids, id) < i, at, id+" is listed twice", "list it once")
	}
}

func (c checker) persons(list []string, field string) {
	for i, who := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		c.refuse(!mailShape.MatchString(who) && !personShape.MatchString(who), at,
			fmt.Sprintf("%q is neither an employee id nor a mail address", who), "write it like E1042 or kim@example.com")
		c.refuse(slices.Index(list, who) < i, at, who+" is listed twice", "list it once")
	}
}

func (c checker) identities() {
	for _, actor := range slices.Sorted(maps.Keys(c.policy.Access.Identities)) {
		field := "access.identities." + actor
		who := c.policy.Access.Identities[actor]
		c.shape(actor, actorShape, field, "an actor", "cli:jo")
		c.refuse(!mailShape.MatchString(who) && !personShape.MatchString(who), field,
			fmt.Sprintf("%q is neither an employee id nor a mail address", who), "write it like E1042 or kim@example.com")
	}
}
