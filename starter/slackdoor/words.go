package slackdoor

import (
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
)

// notTaken is said when the inbox cannot keep an ask.
const notTaken = ":x: Tenure could not take this in; nothing was done. Try again in a minute, or use the command line (`tenure help`)."

// stale is said about a button the door cannot read.
const stale = "This button belongs to another version of Tenure and does nothing any more. Ask for the case as it stands: `/tenure explain dana@example.com`."

var help = map[string]string{
	cmdOffboard: "*`/offboard`* ends somebody's access. Who may ask is checked when you ask; every use is announced in the private IT channel and kept as evidence.\n" +
		"• `/offboard dana@example.com resigned` begins now\n" +
		"• `/offboard dana@example.com emergency laptop stolen` begins now and waits for nobody\n" +
		"• `/offboard dana@example.com 2026-11-30 resigned` begins at the policy's hour on that day, where the person is\n" +
		"• `/offboard dana@example.com 2026-11-30 17:00 resigned` the same at that hour; `2026-11-30T17:00:00-05:00` is an instant\n" +
		"• `/offboard status dana@example.com` says how it stands\n" +
		"• `/offboard` alone opens a form\n" +
		"The person is a work address or an employee id. Asking for somebody who is scheduled already does not make a second case.",
	cmdReturnLaptop: "*`/return-laptop`* brings a computer back, outside an offboarding (repair, replacement).\n" +
		"• `/return-laptop dana@example.com repair`\n" +
		"• `/return-laptop dana@example.com serial C02XY repair` where the person has several\n" +
		"• `/return-laptop` alone opens a form",
	cmdTenure: "*`/tenure`*\n" +
		"• `/tenure explain dana@example.com` says what is done, what is verified, who is waited for and what comes next\n" +
		"• `/offboard help` and `/return-laptop help` say the rest",
}

// received is said when a command is in the inbox: what was understood, so that a mistake shows before it matters.
func received(ask activities.Ask) string {
	if ask.Verb == activities.VerbExplain {
		return "Received: " + escape(ask.Who) + ". You will be answered here, visible to you only."
	}
	return ":inbox_tray: Received: " + understood(ask) + ". You will be answered here, visible to you only; nothing is done before it is checked whether you may ask for it."
}

func understood(ask activities.Ask) string {
	parts := []string{string(ask.Verb) + " `" + escape(ask.Who) + "`"}
	if ask.Serial != "" {
		parts = append(parts, "serial `"+escape(ask.Serial)+"`")
	}
	if ask.Verb == activities.VerbOffboard {
		parts = append(parts, whenWords(ask))
	}
	if ask.Reason != "" {
		parts = append(parts, "reason "+quote(ask.Reason))
	}
	return strings.Join(parts, ", ")
}

func whenWords(ask activities.Ask) string {
	switch {
	case ask.Emergency:
		return "*as an emergency, now*"
	case ask.When == "":
		return "*now*"
	case strings.ContainsRune(ask.When, 'T'):
		return "at " + ask.When
	}
	return "on " + ask.When + " where the person is"
}

// verbWords are how a button's verb is put to the person whose reason or choice it needs. Title and button have at
// most 24 characters.
type verbWords struct{ title, button, effect string }

var pressed = map[activities.Verb]verbWords{
	activities.VerbDeny:    {"Deny this case", "Deny", "The case is refused at its gate: nothing is done to the person's accounts."},
	activities.VerbRescind: {"Rescind this case", "Rescind", "The case is stopped and what can be restored is restored. What cannot be undone becomes somebody's task."},
	activities.VerbHold:    {"Legal hold", "Hold", "Nothing is given up while the hold lasts: no mailbox expires, no device is erased."},
	activities.VerbRelease: {"End the hold", "Release", "The hold ends and what waited for it goes on."},
	activities.VerbDone: {"Step done", "Done",
		"You say that you have done this step. Tenure reads it back, and asks again if the system says otherwise."},
	activities.VerbSkip: {"Skip a step", "Skip", "The step ends without being done. Your reason is kept as evidence."},
	activities.VerbReceived: {"Laptop received", "Received",
		"You say that the device is in the hands of IT. Read the serial number off the device itself: it is compared with the one that is awaited."},
	activities.VerbBatchRelease: {"Release held people", "Release",
		"The people you name are let go from the batch that the mass guard holds. It happens when a second, different person says the same."},
	activities.VerbBatchReject: {"Reject held people", "Reject",
		"Nothing is done for these people of the batch that the mass guard holds. It counts when a second, different person says the same."},
	activities.VerbRaise: {"Raise the mass guard", "Raise",
		"One batch of up to so many people is let through within the time you give, once a second, different person says the same. The mass guard cannot be switched off."},
	activities.VerbOnboard: {"Let somebody in", "Onboard",
		"The person is onboarded as HR has them now, also after a case ended their access. Nobody is let in whom HR says is gone."},
	activities.VerbAccept: {"Believe a reading", "Believe it", "The next reading of the HR system is believed although it looks wrong."},
}

// answered are the words of the verbs for steps that ask a question: done is yes, and skip is no.
var answered = map[plan.Action]map[activities.Verb]verbWords{
	plan.IdentityMatch: {
		activities.VerbDone: {"The same person", "The same person",
			"You say that the new record in HR and the one named are one person. They keep their accounts; it cannot be taken back here."},
		activities.VerbSkip: {"Two people", "Two people",
			"You say that the new record in HR is another person than the one named. They get accounts of their own, and it is not asked again."},
	},
	plan.IdentityRehire: {
		activities.VerbDone: {"Let them in again", "Let in",
			"You say that the person works here again. They get what today's role gives, and an offboarding that still runs is wound down."},
		activities.VerbSkip: {"Leave them out", "Leave out", "The person is not let in again. Your reason is kept as evidence."},
	},
}

// wordsOf puts a press into words; a verb without any of its own says its name.
func wordsOf(p activities.Press) verbWords {
	if w, ok := answered[p.Step.Action()][p.Verb]; ok {
		return w
	}
	if w, ok := pressed[p.Verb]; ok {
		return w
	}
	return verbWords{"Tenure", "Send", "You ask for *" + string(p.Verb) + "*."}
}

// taken is said below every form.
const taken = "When this window closes, Tenure has it in safe keeping. The answer is visible to you only. It is checked whether you may ask for this, and every use is announced in the private IT channel."
