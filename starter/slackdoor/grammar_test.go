package slackdoor

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

const dana = "dana@example.com"

func offboard(who, when, reason string) activities.Ask {
	return activities.Ask{Verb: activities.VerbOffboard, Who: who, When: when, Reason: reason}
}

func emergency(reason string) activities.Ask {
	return activities.Ask{Verb: activities.VerbOffboard, Who: dana, Emergency: true, Reason: reason}
}

func TestParse_Offboard(t *testing.T) {
	for text, want := range map[string]activities.Ask{
		"dana@example.com":          offboard(dana, "", ""),
		"  dana@example.com   now ": offboard(dana, "", ""),
		"E1042":                     offboard("E1042", "", ""),
		"1042":                      offboard("1042", "", ""),
		"4d1f6a2e-8f6b-4a5e-9d0b-1f2e3d4c5b6a resigned": offboard("4d1f6a2e-8f6b-4a5e-9d0b-1f2e3d4c5b6a", "", "resigned"),
		"dana@example.com resigned, on good terms":      offboard(dana, "", "resigned, on good terms"),
		"dana@example.com NOW: resigned":                offboard(dana, "", "resigned"),
		"dana@example.com emergency":                    emergency(""),
		"dana@example.com Emergency: laptop stolen":     emergency("laptop stolen"),
		"dana@example.com emergency 3 laptops stolen":   emergency("3 laptops stolen"),
		"emergency dana@example.com laptop stolen":      emergency("laptop stolen"),
		"2026-11-30 dana@example.com resigned":          offboard(dana, "2026-11-30", "resigned"),
		// Days, hours and instants.
		"dana@example.com 2026-11-30":                                  offboard(dana, "2026-11-30", ""),
		"dana@example.com 2026-11-30 resigned":                         offboard(dana, "2026-11-30", "resigned"),
		"dana@example.com 2026-11-30 17:00":                            offboard(dana, "2026-11-30 17:00", ""),
		"dana@example.com 2026-11-30 9:00 resigned":                    offboard(dana, "2026-11-30 09:00", "resigned"),
		`dana@example.com "2026-11-30 17:00" resigned`:                 offboard(dana, "2026-11-30 17:00", "resigned"),
		`dana@example.com '2026-11-30 17:00' resigned`:                 offboard(dana, "2026-11-30 17:00", "resigned"),
		"dana@example.com “2026-11-30 17:00” resigned":                 offboard(dana, "2026-11-30 17:00", "resigned"),
		"dana@example.com „2026-11-30 17:00“ resigned":                 offboard(dana, "2026-11-30 17:00", "resigned"),
		"dana@example.com 2026-11-30T17:00 resigned":                   offboard(dana, "2026-11-30 17:00", "resigned"),
		"dana@example.com 2026-11-30T17:00:00-05:00 resigned":          offboard(dana, "2026-11-30T17:00:00-05:00", "resigned"),
		"dana@example.com 2026-11-30T22:00:00Z":                        offboard(dana, "2026-11-30T22:00:00Z", ""),
		"dana@example.com 2026–11–30 17:00":                            offboard(dana, "2026-11-30 17:00", ""),
		`dana@example.com 2026-11-30 "17 years with us"`:               offboard(dana, "2026-11-30", "17 years with us"),
		`dana@example.com "3 warnings"`:                                offboard(dana, "", "3 warnings"),
		"dana@example.com now left, keep the mailbox until 2026-12-31": offboard(dana, "", "left, keep the mailbox until 2026-12-31"),
		"dana@example.com now, tomorrow is too late":                   offboard(dana, "", "tomorrow is too late"),
		`dana@example.com "resigned"`:                                  offboard(dana, "", "resigned"),
		`dana@example.com "quoted" and more`:                           offboard(dana, "", `"quoted" and more`),
		"dana@example.com doesn't want to stay":                        offboard(dana, "", "doesn't want to stay"),
		`dana@example.com 'tis the end`:                                offboard(dana, "", "'tis the end"),
		// What Slack and word processors make of it.
		"<mailto:dana@example.com|dana@example.com> resigned":   offboard(dana, "", "resigned"),
		"<mailto:dana@example.com|Dana (Sales)> resigned":       offboard(dana, "", "resigned"),
		"<mailto:dana@example.com?subject=x> resigned":          offboard(dana, "", "resigned"),
		"dana@<http://example.com|example.com> resigned":        offboard(dana, "", "resigned"),
		"dana@example.com, resigned":                            offboard(dana, "", "resigned"),
		"dana@example.com\u00a02026-11-30\u202f17:00\u00a0left": offboard(dana, "2026-11-30 17:00", "left"),
		"\u200bdana@\u200dexample.com\ufeff now\u2028resigned":  offboard(dana, "", "resigned"),
		"dana@example.com R&amp;D says &lt;left&gt; & gone":     offboard(dana, "", "R&D says <left> & gone"),
		"dana@example.com told <@U012AB3CD|kim> in <#C01|it>":   offboard(dana, "", "told @kim in #it"),
		"dana@example.com see <https://wiki.example.com|wiki>":  offboard(dana, "", "see wiki"),
		"dana@example.com asked by <!subteam^S01|@legal>":       offboard(dana, "", "asked by @legal"),
		"dana@example.com line\nbreaks\tand  spaces":            offboard(dana, "", "line breaks and spaces"),
		"dana@b\xffcher.example.com left":                       offboard("dana@bcher.example.com", "", "left"),
		"dana@bücher.example now left":                          offboard("dana@bücher.example", "", "left"),
	} {
		got, err := parse(cmdOffboard, text)
		require.NoError(t, err, "%.100s", text)
		require.Equal(t, typed{ask: want}, got, text)
	}
}

func TestParse_OtherCommands(t *testing.T) {
	explain := activities.Ask{Verb: activities.VerbExplain, Who: dana}
	back := activities.Ask{Verb: activities.VerbReturnLaptop, Who: dana}
	withSerial, withReason := back, back
	withSerial.Serial, withSerial.Reason = "C02XY9", "battery swollen"
	withReason.Reason = "2 cracks in the screen, since 2026-10-01"
	for text, want := range map[string]activities.Ask{
		"/offboard status dana@example.com":                                        explain,
		"/offboard Status <mailto:dana@example.com|dana@example.com>":              explain,
		"/tenure explain dana@example.com":                                         explain,
		"/return-laptop dana@example.com":                                          back,
		"/return-laptop dana@example.com serial c02xy9 battery swollen":            withSerial,
		"/return-laptop dana@example.com 2 cracks in the screen, since 2026-10-01": withReason,
	} {
		name, rest, _ := strings.Cut(text, " ")
		got, err := parse(name, rest)
		require.NoError(t, err, "%.100s", text)
		require.Equal(t, typed{ask: want}, got, text)
	}
}

func TestParse_MissingArguments_OpenForms(t *testing.T) {
	for text, want := range map[string]typed{
		"/offboard ":                    {form: formOffboard, ask: offboard("", "", "")},
		"/offboard \u00a0\u200b":        {form: formOffboard, ask: offboard("", "", "")},
		"/offboard now":                 {form: formOffboard, ask: offboard("", "", "")},
		"/offboard 2026-11-30 resigned": {form: formOffboard, ask: offboard("", "2026-11-30", "resigned")},
		"/offboard status":              {form: formStatus, ask: activities.Ask{Verb: activities.VerbExplain}},
		"/tenure explain":               {form: formExplain, ask: activities.Ask{Verb: activities.VerbExplain}},
		"/return-laptop ":               {form: formReturn, ask: activities.Ask{Verb: activities.VerbReturnLaptop}},
		"/offboard help":                {help: true},
		"/offboard Help!":               {help: true},
		"/return-laptop help":           {help: true},
		"/tenure help":                  {help: true},
		"/tenure ":                      {help: true},
	} {
		name, rest, _ := strings.Cut(text, " ")
		got, err := parse(name, rest)
		require.NoError(t, err, "%.100s", text)
		require.Equal(t, want, got, text)
	}
}

// Each mistake names its argument; none of them begins anything.
func TestParse_Mistakes(t *testing.T) {
	for text, want := range map[string]string{
		// A moment in other words would be taken for a reason, and the person cut off at once.
		"/offboard dana@example.com next friday":             "*when*: “next” is not a moment",
		"/offboard dana@example.com tomorrow":                "*when*: “tomorrow” is not a moment",
		"/offboard dana@example.com Friday, after lunch":     "*when*: “Friday,” is not a moment",
		"/offboard dana@example.com on 2026-11-30":           "*when*: “on” is not a moment",
		"/offboard dana@example.com at 17:00":                "*when*: “at” is not a moment",
		"/offboard dana@example.com 17:00":                   "*when*: “17:00” is not a moment",
		"/offboard dana@example.com 30.11.2026":              "*when*: “30.11.2026” is not a moment",
		"/offboard dana@example.com 11/30/2026 resigned":     "*when*: “11/30/2026” is not a moment",
		"/offboard dana@example.com 2026-11-30T5pm":          "*when*: “2026-11-30T5pm” is not a moment",
		"/offboard dana@example.com 2026-11-30T17:00:00":     "*when*: “2026-11-30T17:00:00” is not a moment",
		`/offboard dana@example.com "30.11.2026"`:            "*when*: “30.11.2026” is not a moment",
		"/offboard dana@example.com 3 warnings":              "If it belongs to the reason, write `now` before it",
		"/offboard dana@example.com resigned for 2026-11-30": "*when*: no moment is given, which means now, but the reason says “2026-11-30”",
		"/offboard dana@example.com leaves 30.11.":           "the reason says “30.11”",
		"/offboard dana@example.com resigned, friday please": "the reason says “friday”",
		`/offboard dana@example.com "leaves on the 30th"`:    "the reason says “30th”",
		"/offboard dana@example.com leaves at 5pm":           "the reason says “5pm”",
		"/offboard dana@example.com 2026-13-45":              "*when*: “2026-13-45” is not a day of the calendar",
		"/offboard dana@example.com 2026-02-29":              "*when*: “2026-02-29” is not a day of the calendar",
		"/offboard dana@example.com 2026-11-30 25:00":        "*when*: “25:00” is not an hour of the day",
		"/offboard dana@example.com 2026-11-30 5pm":          "*when*: “5pm” is not an hour of the day",
		"/offboard dana@example.com 2026-11-30 17:00 UTC":    "so “UTC” cannot follow it; for another zone",
		"/offboard dana@example.com 2026-11-30 9:00 pm":      "so “pm” cannot follow it",
		"/offboard dana@example.com 2026-11-30 17:00 +02:00": "so “+02:00” cannot follow it",
		"/offboard dana@example.com 2026-11-30 emergency":    "are two moments",
		"/offboard dana@example.com now emergency":           "are two moments",
		"/offboard dana@example.com emergency 2026-11-30":    "are two moments",
		"/offboard dana@example.com 2026-11-30 2026-12-01":   "is not an hour",
		"/offboard dana@example.com now 2026-12-01":          "are two moments",
		"/offboard dana@example.com 2026-11-30 17:00 18:00":  "are two moments",
		"/offboard 2026-11-30T17:00:00-05:00 resigned":       "*person*: it is missing",
		// A person is an address or an id.
		"/offboard <@U012AB3CD|dana>":                            "*person*: “@dana” is a mention",
		"/offboard <@U012AB3CD>":                                 "*person*: “@U012AB3CD” is a mention",
		"/offboard @dana resigned":                               "*person*: “@dana” is a mention",
		"/offboard <!subteam^S012|@sales>":                       "*person*: “@sales” is a mention",
		"/offboard <!channel>":                                   "*person*: “@channel” is a mention",
		"/offboard <#C012|sales>":                                "*person*: “#sales” is a mention",
		"/offboard Dana Reed":                                    "*person*: “Dana” is neither an address nor an employee id",
		"/offboard start dana@example.com":                       "*person*: “start” is neither an address nor an employee id",
		"/offboard dana@example":                                 "*person*: “dana@example” is not an address",
		"/offboard dana@@example.com":                            "is not an address",
		"/offboard a@b@example.com":                              "is not an address",
		"/offboard dana`@example.com":                            "*person*: “dana'@example.com” is not an address",
		"/offboard " + strings.Repeat("a", 250) + "@example.com": "at most 254 characters",
		"/offboard dana@example.com kim@example.com":             "*person*: “kim@example.com” is a second one",
		"/offboard dana@example.com now kim@example.com left":    "*person*: “kim@example.com” is a second one",
		"/offboard status dana@example.com please":               "*person*: “please” is too much",
		"/offboard status now":                                   "*person*: “now” is neither",
		"/tenure explain Dana":                                   "*person*: “Dana” is neither",
		// The rest.
		"/offboard dana@example.com " + strings.Repeat("a", 1001):  "*reason*: 1001 characters are too many",
		"/offboard dana@example.com " + strings.Repeat("a ", 3000): "*command*: 6016 characters are too many",
		"/return-laptop dana@example.com serial":                   "*serial*: it is missing",
		"/return-laptop dana@example.com serial <b>":               "*serial*: “b” is not a serial number",
		"/return-laptop dana@example.com kim@example.com":          "is a second one",
		"/return-laptop soon":                                      "*person*",
		"/tenure status dana@example.com":                          "*command*: “status” is not known",
		"/fire dana@example.com":                                   "*command*: “/fire” is not one of Tenure's",
		"/fire help":                                               "*command*",
	} {
		name, rest, _ := strings.Cut(text, " ")
		got, err := parse(name, rest)
		require.ErrorContains(t, err, want, "%.100s", text)
		require.Zero(t, got, text)
		require.Contains(t, mistake(name, err), "Nothing was done.")
	}
}

// What the door takes for a moment is one to those who weigh it.
func TestParse_MomentsAreThoseOfThePlan(t *testing.T) {
	p, err := policy.Load("../../policies/default.yaml")
	require.NoError(t, err)
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"E1042 now x":                       {},
		"E1042 emergency x":                 {},
		"E1042 2026-11-30T17:00:00-05:00 x": time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC),
		"E1042 2026–11–30 9:00 x":           policy.Instant(employee.Date{Year: 2026, Month: 11, Day: 30}, policy.Clock{Hour: 9}, p.Zone(employee.Employee{})),
		"E1042 2026-11-30T17:00 x":          policy.Instant(employee.Date{Year: 2026, Month: 11, Day: 30}, policy.Clock{Hour: 17}, p.Zone(employee.Employee{})),
		"E1042 2026-11-30 on good terms":    plan.EffectiveAt(p, employee.Employee{}, employee.Date{Year: 2026, Month: 11, Day: 30}),
	} {
		got, err := parse(cmdOffboard, text)
		require.NoError(t, err, text)
		at, err := plan.ParseMoment(p, employee.Employee{}, got.ask.When, now)
		require.NoError(t, err, text)
		require.True(t, want.Equal(at), "%s: %s, want %s", text, at, want)
	}
}

// Slack waits 3 s for an acknowledgement, and a form can be opened for 3 s. Half a second is for the wire.
func TestDeadlines_LeaveTimeForTheWire(t *testing.T) {
	for _, d := range []time.Duration{acceptWithin, openWithin} {
		require.LessOrEqual(t, d, 2500*time.Millisecond)
	}
}

// What somebody typed comes back without meaning to Slack: no link, no mention, no code.
func TestQuote_HasNoMarkup(t *testing.T) {
	require.Equal(t, "“&lt;!channel&gt; 'rm' &amp;amp;”", quote("<!channel> `rm` &amp;"))
	require.Equal(t, 60+2, len([]rune(quote(strings.Repeat("é", 100)))))
	for _, text := range []string{"&lt;!channel&gt;", "dana@example.com now &lt;!here&gt; `x`"} {
		got, err := parse(cmdOffboard, text)
		shown := mistake(cmdOffboard, err) + received(got.ask)
		require.NotContains(t, shown, "<!")
	}
}

func TestKeyOf_IsSafeAndTheSameForTheSame(t *testing.T) {
	require.Equal(t, "slack:13345224609.738474920.8088930838d88f008e0", keyOf("13345224609.738474920.8088930838d88f008e0", "e1"))
	for _, odd := range []string{"", "a b", "a:b", "ü", strings.Repeat("1", 300)} {
		key := keyOf(odd, "envelope")
		require.Regexp(t, `^slack:[a-f0-9]{32}$`, key)
		require.Equal(t, key, keyOf(odd, "envelope"))
		require.NotEqual(t, key, keyOf(odd, "another"))
	}
	ask := offboard(dana, "", "left")
	require.Regexp(t, `^slack:V012:[a-f0-9]{32}$`, keyOfView("V012", ask))
	other := ask
	other.Reason = "resigned"
	require.NotEqual(t, keyOfView("V012", ask), keyOfView("V012", other))
	require.NotEqual(t, keyOfView("V012", ask), keyOfView("V013", ask))
}

// Every form fits Slack's limits and has words of its own.
func TestForms_HaveTheirWords(t *testing.T) {
	for _, v := range activities.Verbs() {
		if formFor(v) != formPress {
			continue
		}
		w, ok := pressed[v]
		require.True(t, ok, "%s opens a form and has no words", v)
		require.LessOrEqual(t, len(w.title), 24, v)
		require.LessOrEqual(t, len(w.button), 24, v)
		for _, nonce := range []string{"", "n"} {
			blocks := pressBlocks(activities.Press{Verb: v, Nonce: nonce})
			require.NotEmpty(t, blocks)
			if v.NeedsReason() {
				require.Contains(t, blocks, blockReason)
			}
		}
	}
	for _, name := range Commands() {
		require.NotEmpty(t, help[name])
	}
	full := activities.Press{Verb: activities.VerbSkip, Case: strings.Repeat("c", 1960)}
	require.LessOrEqual(t, len(full.Value()), 2000)
	m := meta{Form: formPress, Channel: "C" + strings.Repeat("0", 31), Thread: "123456789012.12345678"}.carrying(full)
	require.LessOrEqual(t, len(m.view(activities.Ask{}).PrivateMetadata), 3000)
}
