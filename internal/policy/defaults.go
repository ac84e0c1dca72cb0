package policy

import (
	"time"

	"tenure/internal/mapping"
)

// defaults are what holds when a policy file does not say. policies/default.yaml writes all of them out.
func defaults() Policy {
	return Policy{
		ADayLasts: Real(24 * time.Hour),
		Offboard: Offboard{
			At:              Clock{Hour: 17},
			ContainedWithin: Real(time.Minute),
			Delegation:      Delegation{Lasts: Days(60), RemindBefore: []Span{Days(7), Days(1)}, Renewals: 1, Renewal: Days(30)},
			Transfer: Transfer{
				Apps: []string{"drive", "calendar"},
				Poll: Real(time.Minute), PollAtMost: Real(15 * time.Minute), Deadline: Days(7),
			},
			AutoReply: AutoReply{
				Subject: "{name} no longer works at {company}",
				Body:    "{name} no longer works at {company}. Please write to {heir_name} at {heir_email}.",
			},
			Watch: Watch{Lasts: Days(30), Every: Days(1)},
			Tasks: Tasks{Due: Days(2)},
		},
		Mapping: mapping.Section{Login: mapping.Login{Taken: mapping.TakenAsk}},
		Onboard: Onboard{
			Prepare: Days(7), At: Clock{Hour: 7}, ActivationMail: true,
			Google: GoogleByOkta, GooglePoll: Real(5 * time.Minute), GoogleDeadline: Days(2),
			Rehire: RehireAsk, Match: Match{Email: MatchAsk, PersonalEmail: MatchAsk, Number: MatchAsk},
			TellManager: true,
		},
		Move:      Move{Show: ShowChanges},
		Leave:     Absence{Google: LeaveSignOut},
		Approvals: Approvals{Needed: 1, Expire: Days(3)},
		Access:    Access{CLIDecides: CLIOne, HeirMayExtend: true, Systems: []string{DoorJira}},
		Apps:      Apps{Unlisted: App{Method: Delegate}},
		Devices: Devices{
			Lock: Lock{
				Message: "This computer belongs to {company}. Please send it back.",
				Poll:    Real(5 * time.Minute), Deadline: Days(3),
			},
			ReturnCountry: "US",
			Elsewhere:     Route{Route: InPerson, Where: "The manager arranges the hand-over with IT."},
			Charger:       true,
			Poll:          Real(6 * time.Hour),
			Reminders: []Reminder{
				{Days(5), "employee"}, {Days(10), "employee"}, {Days(15), "manager"}, {Days(30), "hr"},
			},
			CancelWindow: Real(30 * time.Minute),
			OnReturn:     ToStock,
			Stock:        Stock{Value: "in stock"},
		},
		MassGuard: MassGuard{
			Together: Limit{Count: 5, Share: Percent(0.5)}, SameCause: Limit{Count: 3, Share: Percent(0.1)},
			Window: Real(time.Hour), Expire: Real(24 * time.Hour),
		},
		Feed:  Feed{MaxDrop: Limit{Count: 3, Share: Percent(1)}},
		Slack: Slack{Every: Real(time.Second)},
		Jira:  Jira{Type: "Task", Subtask: "Sub-task", Every: Real(5 * time.Second), Done: []string{"Done"}, Received: []string{"Received"}, Poll: Real(time.Minute)},
	}
}

// settle fills in what depends on something else in the file. Countries are not in [defaults], because a file's
// list must be able to leave one out.
func (p *Policy) settle() {
	if p.Devices.Countries == nil {
		p.Devices.Countries = map[string]Route{}
		if p.Devices.ReturnCountry == "US" { // Retriever's usual boxes all travel to the US
			p.Devices.Countries["US"], p.Devices.Countries["CA"] = Route{Route: Box}, Route{Route: Box}
		}
	}
	for country, r := range p.Devices.Countries {
		if r.Route == Box && r.Device == "" {
			r.Device = usualBox[country]
			p.Devices.Countries[country] = r
		}
		if r.Route == InPerson && r.Where == "" {
			r.Where = p.Devices.Elsewhere.Where
			p.Devices.Countries[country] = r
		}
	}
	p.Onboard.Equipment.settle()
}

// boxes are Retriever's kinds of laptop box: from which country to which.
var boxes = map[string]struct{ from, to string }{
	"laptop":               {"US", "US"},
	"canada_laptop":        {"CA", "US"},
	"canada_canada_laptop": {"CA", "CA"},
	"uk_laptop":            {"GB", "GB"},
}

// usualBox is the kind of box from a country when the policy does not say; the two that Retriever documents.
var usualBox = map[string]string{"US": "laptop", "CA": "canada_laptop"}
