package slackdoor

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

const momentShape = "`now`, `emergency`, `2026-11-30` (the policy's hour on that day), `2026-11-30 17:00` (both where the person is) or `2026-11-30T17:00:00-05:00`"

// moment is when something is to happen, as an [activities.Ask] carries it.
type moment struct {
	when      string // empty for now
	emergency bool
	given     bool // somebody wrote something, if only "now"
}

var (
	dateOnly  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	aDay      = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)`)
	clockOnly = regexp.MustCompile(`^(?:[01]?[0-9]|2[0-3]):[0-5][0-9]$`)
	zoneWord  = regexp.MustCompile(`^(?i:[ap]\.?m\.?|utc|gmt|z|[ecmp][sd]?t|cest|wet|west|eet|eest|bst|ist|jst|(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?|[a-z]+/[a-z_]+)$`)
	// aDate is a date or an hour of the day in any of the ways people write them.
	aDate = regexp.MustCompile(`(?i)^[0-9]{1,4}[-/.][0-9]{1,2}(?:[-/.][0-9]{1,4})?(?:T.*)?$|^[0-9]{1,2}:[0-9]{2}|^[0-9]{1,2}(?:am|pm|st|nd|rd|th)$`)
)

// timeWords begin a moment in other people's words. Taken for a reason, each of them would make "on Friday" mean
// now.
var timeWords = strings.Fields(`today tonight tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday
	mon tue tues wed thu thur thurs fri sat sun jan january feb february mar march apr april may jun june jul july aug august sep sept september
	oct october nov november dec december next this on at in by from until after before end eod eow eom cob noon midnight immediately asap
	later soon effective`)

// laterWords are those that say when wherever they stand in a sentence.
var laterWords = strings.Fields("tomorrow tonight monday tuesday wednesday thursday friday saturday sunday eod eow eom cob noon midnight")

// beginsMoment says whether a word that stands where the person should is a moment.
func beginsMoment(w word) bool {
	k := keyword(w)
	return k == "now" || k == "emergency" || aDay.MatchString(dashes.Replace(w.text))
}

// readMoment reads the moment at the beginning of words and says how many of them it takes. Words that do not begin
// one are no error: they are the reason.
func readMoment(words []word) (m moment, used int, err error) {
	if len(words) == 0 {
		return moment{}, 0, nil
	}
	first := words[0]
	switch keyword(first) {
	case "now":
		return moment{given: true}, 1, notAnother("now", words[1:])
	case "emergency":
		return moment{given: true, emergency: true}, 1, notAnother("emergency", words[1:])
	}
	text := dashes.Replace(first.text)
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return moment{when: text, given: true}, 1, notAnother(text, words[1:])
	}
	day, clock, joined := strings.Cut(strings.Replace(text, "T", " ", 1), " ")
	if !dateOnly.MatchString(day) || joined && !clockOnly.MatchString(clock) {
		return moment{}, 0, notMoment(words)
	}
	used = 1
	if !joined && len(words) > 1 && !words[1].quoted && startsWithDigit(words[1].text) {
		clock, joined, used = words[1].text, true, 2
	}
	return dayAndClock(day, clock, joined, words[:used], words[used:])
}

var dashes = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "−", "-")

func dayAndClock(day, clock string, hasClock bool, own, after []word) (moment, int, error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return moment{}, 0, formf("when", "%s is not a day of the calendar; write %s", quote(day), momentShape)
	}
	if !hasClock {
		return moment{when: day, given: true}, len(own), notAnother(day, after)
	}
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return moment{}, 0, formf("when", "%s is not an hour of the day; write %s", quote(clock), momentShape)
	}
	if len(after) > 0 && !after[0].quoted && zoneWord.MatchString(after[0].text) {
		return moment{}, 0, formf("when", "the hour is meant where the person is, in 24 hours, so %s cannot follow it; for another zone write all in one, like `2026-11-30T17:00:00-05:00`",
			quote(after[0].text))
	}
	text := day + " " + t.Format("15:04")
	return moment{when: text, given: true}, len(own), notAnother(text, after)
}

// notAnother refuses a second moment after the first: which of the two is meant decides when somebody loses access.
func notAnother(first string, after []word) error {
	if len(after) == 0 || after[0].quoted {
		return nil
	}
	k := keyword(after[0])
	if k != "now" && k != "emergency" && !aDate.MatchString(strings.ToLower(dashes.Replace(after[0].text))) {
		return nil
	}
	return formf("when", "%s and %s are two moments; write one of them (an emergency begins at once), then the reason, in quotes if it begins like a moment",
		quote(first), quote(after[0].text))
}

// notMoment says whether words look like a moment that cannot be read. "next Friday" is no reason to begin today.
func notMoment(words []word) error {
	first := strings.ToLower(strings.Trim(words[0].text, ",.;:"))
	if words[0].quoted && !aDate.MatchString(first) || !startsWithDigit(first) && !slices.Contains(timeWords, first) {
		return nil
	}
	return formf("when", "%s is not a moment; write %s. If it belongs to the reason, write `now` before it", quote(words[0].text), momentShape)
}

// hiddenMoment refuses a reason that says when, where nothing else does: whoever writes "left, access until
// 2026-12-01" does not mean now.
func hiddenMoment(reason string) error {
	for _, w := range strings.Fields(reason) {
		w = strings.ToLower(strings.Trim(dashes.Replace(w), `,.;:!?()"'“”`))
		if aDate.MatchString(w) || slices.Contains(laterWords, w) {
			return formf("when", "no moment is given, which means now, but the reason says %s; write the moment right behind the person (%s)", quote(w), momentShape)
		}
	}
	return nil
}

// keyword is an unquoted word in small letters, without the mark that may end it.
func keyword(w word) string {
	if w.quoted {
		return ""
	}
	return strings.ToLower(strings.Trim(w.text, ",.;:!"))
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
