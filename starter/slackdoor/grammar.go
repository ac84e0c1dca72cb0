package slackdoor

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tenure/activities"
)

// The commands, as the app's manifest declares them.
const (
	cmdOffboard     = "/offboard"
	cmdReturnLaptop = "/return-laptop"
	cmdTenure       = "/tenure"
)

// Commands lists the slash commands the door understands; deploy/slack-manifest.yaml declares the same.
func Commands() []string { return []string{cmdOffboard, cmdReturnLaptop, cmdTenure} }

// Lengths in characters. Slack's own limit for an input is 3000.
const (
	maxTyped  = 4000
	maxReason = 1000
	maxWho    = 254
)

// formError is a mistake of form: which argument, what is wrong with it and the mend. It is the same whoever made it.
type formError struct{ Argument, Text string }

func (e *formError) Error() string { return "*" + e.Argument + "*: " + e.Text }

func formf(argument, format string, args ...any) error {
	return &formError{Argument: argument, Text: fmt.Sprintf(format, args...)}
}

// typed is a command as far as its form says.
type typed struct {
	ask  activities.Ask
	help bool
	// form is what is to be filled in because something is missing; empty when nothing is.
	form formKind
}

// parse reads a command.
//
//	/offboard       PERSON [WHEN] [REASON] | status PERSON | help
//	/return-laptop  PERSON [serial SERIAL] [REASON] | help
//	/tenure         explain PERSON | help
//
// PERSON is a work address or an employee id. WHEN is nothing or now, emergency, a day, a day and an hour, or an
// instant. Whatever is left is the reason.
func parse(name, text string) (typed, error) {
	text = plainText(text)
	if n := utf8.RuneCountInString(text); n > maxTyped {
		return typed{}, formf("command", "%d characters are too many; write at most %d", n, maxTyped)
	}
	if !slices.Contains(Commands(), name) {
		return typed{}, formf("command", "%s is not one of Tenure's: use %s", quote(name), strings.Join(Commands(), ", "))
	}
	words := split(text)
	if len(words) == 1 && keyword(words[0]) == "help" {
		return typed{help: true}, nil
	}
	switch name {
	case cmdOffboard:
		return parseOffboard(text, words)
	case cmdReturnLaptop:
		return parseReturn(text, words)
	default:
		return parseTenure(words)
	}
}

func parseOffboard(text string, words []word) (typed, error) {
	t := typed{ask: activities.Ask{Verb: activities.VerbOffboard}}
	switch {
	case len(words) == 0:
		t.form = formOffboard
		return t, nil
	case keyword(words[0]) == "status":
		return parseExplain(formStatus, words[1:])
	case beginsMoment(words[0]):
		return t.momentFirst(text, words)
	}
	var err error
	if t.ask.Who, err = person(words[0].text); err != nil {
		return typed{}, err
	}
	m, used, err := readMoment(words[1:])
	if err != nil {
		return typed{}, err
	}
	return t.finish(m, text, words[1+used:])
}

// momentFirst is an offboarding that begins with its moment. An address may follow; where none does, a form asks for
// the person and holds what was typed. Only an instant with its zone fits into no form.
func (t typed) momentFirst(text string, words []word) (typed, error) {
	m, used, err := readMoment(words)
	if err != nil {
		return typed{}, err
	}
	words = words[used:]
	switch {
	case len(words) > 0 && address.MatchString(words[0].text):
		t.ask.Who, words = words[0].text, words[1:]
	case strings.ContainsRune(m.when, 'T'):
		return typed{}, formf("person", "it is missing; write the work address or employee id before the moment: `%s dana@example.com %s`", cmdOffboard, m.when)
	default:
		t.form = formOffboard
	}
	return t.finish(m, text, words)
}

// finish adds the moment and takes what is left for the reason.
func (t typed) finish(m moment, text string, words []word) (typed, error) {
	var err error
	t.ask.When, t.ask.Emergency = m.when, m.emergency
	if t.ask.Reason, err = reason(text, words); err == nil && !m.given {
		err = hiddenMoment(t.ask.Reason)
	}
	if err != nil {
		return typed{}, err
	}
	return t, nil
}

func parseReturn(text string, words []word) (typed, error) {
	t := typed{ask: activities.Ask{Verb: activities.VerbReturnLaptop}}
	if len(words) == 0 {
		t.form = formReturn
		return t, nil
	}
	var err error
	if t.ask.Who, err = person(words[0].text); err != nil {
		return typed{}, err
	}
	words = words[1:]
	if len(words) > 0 && keyword(words[0]) == "serial" {
		if len(words) == 1 {
			return typed{}, formf("serial", "it is missing; write it as it stands on the device: `serial C02XY`")
		}
		if t.ask.Serial, err = serial(words[1].text); err != nil {
			return typed{}, err
		}
		words = words[2:]
	}
	if t.ask.Reason, err = reason(text, words); err != nil {
		return typed{}, err
	}
	return t, nil
}

func parseTenure(words []word) (typed, error) {
	switch {
	case len(words) == 0:
		return typed{help: true}, nil
	case keyword(words[0]) != "explain":
		return typed{}, formf("command", "%s is not known; write `%s explain dana@example.com` or `%s help`", quote(words[0].text), cmdTenure, cmdTenure)
	}
	return parseExplain(formExplain, words[1:])
}

func parseExplain(form formKind, words []word) (typed, error) {
	t := typed{ask: activities.Ask{Verb: activities.VerbExplain}}
	switch len(words) {
	case 0:
		t.form = form
		return t, nil
	case 1:
		var err error
		if t.ask.Who, err = person(words[0].text); err != nil {
			return typed{}, err
		}
		return t, nil
	}
	return typed{}, formf("person", "%s is too much; write one work address or employee id and nothing behind it", quote(words[1].text))
}

const personShape = "write the work address (`dana@example.com`) or the employee id (`E1042`)"

var (
	address    = regexp.MustCompile(`^[^\s@<>"'(),:;\\\[\]` + "`" + `]+@[\pL\pN](?:[\pL\pN.-]*[\pL\pN])?\.[\pL]{2,}$`)
	employeeID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$`)
	serialNo   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{1,39}$`)
)

// person checks the form of a work address or an employee id. A mention is none: which of the company's people stands
// behind a Slack account is what HR and not Slack says.
func person(text string) (string, error) {
	text = strings.TrimSpace(strings.TrimRight(text, ",;"))
	switch {
	case strings.HasPrefix(text, "@") || strings.HasPrefix(text, "#"):
		return "", formf("person", "%s is a mention, and a Slack account is not an employee's record; %s", quote(text), personShape)
	case utf8.RuneCountInString(text) > maxWho:
		return "", formf("person", "an address has at most %d characters; %s", maxWho, personShape)
	case strings.Contains(text, "@"):
		if !address.MatchString(text) {
			return "", formf("person", "%s is not an address; %s", quote(text), personShape)
		}
		return text, nil
	case !employeeID.MatchString(text) || !strings.ContainsFunc(text, unicode.IsDigit):
		return "", formf("person", "%s is neither an address nor an employee id; %s", quote(text), personShape)
	}
	return text, nil
}

// serial checks the form of a serial number; case does not matter to anybody.
func serial(text string) (string, error) {
	if !serialNo.MatchString(text) {
		return "", formf("serial", "%s is not a serial number; write it as it stands on the device, letters and digits only", quote(text))
	}
	return strings.ToUpper(text), nil
}

// reason is what is left of a command. An address at its beginning is a second person, who must not be forgotten in a
// reason.
func reason(text string, words []word) (string, error) {
	if len(words) > 0 && !words[0].quoted && address.MatchString(strings.TrimRight(words[0].text, ",;")) {
		return "", formf("person", "%s is a second one; ask for one person at a time, and put a reason that begins with an address in quotes", quote(words[0].text))
	}
	out := rest(text, words)
	return out, checkReason(out)
}

func checkReason(text string) error {
	if n := utf8.RuneCountInString(text); n > maxReason {
		return formf("reason", "%d characters are too many; write at most %d", n, maxReason)
	}
	return nil
}

// quote shows what somebody typed back to them, short and without meaning to Slack.
func quote(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:59]) + "…"
	}
	return "“" + escape(text) + "”"
}

// escape makes text mean nothing to Slack but itself: no link, no mention, no code.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "'").Replace(text)
}

// mistake is a form error as the person reads it.
func mistake(name string, err error) string {
	if e, ok := errors.AsType[*formError](err); ok {
		return ":warning: Nothing was done. " + e.Error() + "."
	}
	return ":warning: Nothing was done. Write `" + name + " help` to see how it is written."
}
