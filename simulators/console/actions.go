package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	jirasim "tenure/simulators/jira"
	slacksim "tenure/simulators/slack"
)

// actions are what people do in the vendors' own consoles.
func (c *console) actions(mux *http.ServeMux) {
	post(mux, "namely/status", c.setStatus)
	post(mux, "namely/departure", c.setDeparture)
	post(mux, "namely/many", c.setMany)
	post(mux, "namely/each", c.setEach)
	post(mux, "namely/hire", c.hire)
	post(mux, "namely/again", c.hireAgain)
	post(mux, "namely/job", c.setJob)
	post(mux, "namely/leave", c.setLeave)
	post(mux, "namely/name", c.setName)
	post(mux, "okta/signin", c.signIn)
	post(mux, "okta/accept", c.accept)
	post(mux, "jamf/online", c.setOnline)
	post(mux, "jamf/unlock", c.unlock)
	post(mux, "jamf/pins", c.pins)
	post(mux, "retriever/advance", c.advance)
	post(mux, "retriever/cancel", c.cancel)
	post(mux, "easypost/move", c.move)
	post(mux, "easypost/deliver", c.deliverParcels)
	post(mux, "easypost/spoil", c.spoilParcels)
	post(mux, "slack/type", c.typeIn)
	post(mux, "slack/press", c.press)
	post(mux, "slack/submit", c.submit)
	post(mux, "jira/transition", c.transition)
	post(mux, "jira/comment", c.comment)
	post(mux, "jira/deliver", c.deliverTickets)
	post(mux, "faults/add", c.addFault)
	post(mux, "faults/remove", c.removeFault)
}

// must turns a vendor's "there is no such thing" into an error.
func must(found bool, format string, args ...any) (any, error) {
	if found {
		return nil, nil
	}
	return nil, fmt.Errorf(format, args...)
}

type hrChange struct {
	Person string `json:"person"` // work address or profile id
	Status string `json:"status"`
	Date   string `json:"date"` // YYYY-MM-DD, or "" to clear it
}

func (c *console) setStatus(in hrChange) (any, error) {
	if err := c.known(in.Person); err != nil {
		return nil, err
	}
	if err := knownStatus(in.Status); err != nil {
		return nil, err
	}
	c.w.Namely.SetStatus(in.Person, in.Status)
	return nil, nil
}

func (c *console) setDeparture(in hrChange) (any, error) {
	if err := c.known(in.Person); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, in.Date); in.Date != "" && err != nil {
		return nil, fmt.Errorf("departure date %q: give a day as YYYY-MM-DD, or nothing", in.Date)
	}
	c.w.Namely.SetDeparture(in.Person, in.Date)
	return nil, nil
}

func (c *console) known(person string) error {
	if _, ok := c.w.Namely.Profile(person); !ok {
		return fmt.Errorf("person %q has no HR record: give a work address or a profile id", person)
	}
	return nil
}

// signIn is the person trying to get in, as a leaver does.
func (c *console) signIn(in struct {
	Person string `json:"person"`
}) (any, error) {
	return nil, c.w.Okta.SignIn(in.Person)
}

type deviceAction struct {
	ID     string `json:"id"`
	Online bool   `json:"online"`
	PIN    string `json:"pin"`
}

func (c *console) setOnline(in deviceAction) (any, error) {
	return must(c.w.Jamf.SetOnline(in.ID, in.Online), "there is no device %q", in.ID)
}

func (c *console) unlock(in deviceAction) (any, error) {
	return must(c.w.Jamf.Unlock(in.ID, in.PIN), "that PIN opens nothing")
}

// pins tells the PINs of a machine: the one at the prompt, and the one that Jamf would show.
func (c *console) pins(in deviceAction) (any, error) {
	d, ok := c.w.Jamf.Device(in.ID)
	if !ok {
		return nil, fmt.Errorf("there is no device %q", in.ID)
	}
	return map[string]string{"lock": d.LockPIN, "stored": d.StoredPIN}, nil
}

type shipment struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

func (c *console) advance(in shipment) (any, error) {
	return must(c.w.Retriever.Advance(in.ID), "order %q has no next stage", in.ID)
}

func (c *console) cancel(in shipment) (any, error) { return nil, c.w.Retriever.CancelInPortal(in.ID) }

func (c *console) move(in shipment) (any, error) {
	return must(in.Status != "" && c.w.EasyPost.Move(in.ID, in.Status), "there is no parcel %q that could be moved to %q", in.ID, in.Status)
}

type slackAction struct {
	User    string                    `json:"user"`
	Channel string                    `json:"channel"`
	Text    string                    `json:"text"` // "/offboard status", or something to say
	Thread  string                    `json:"thread"`
	TS      string                    `json:"ts"`
	Action  string                    `json:"action"`
	Value   string                    `json:"value"`
	View    string                    `json:"view"`
	State   map[string]map[string]any `json:"state"` // of a modal's inputs, by block and action
}

// typeIn types into the message box: a slash command, or a message.
func (c *console) typeIn(in slackAction) (any, error) {
	text := strings.TrimSpace(in.Text)
	if text == "" {
		return nil, fmt.Errorf("text is empty: type a message or a /command")
	}
	if !strings.HasPrefix(text, "/") {
		_, err := c.w.Slack.Say(in.User, in.Channel, text, in.Thread)
		return nil, err
	}
	command, rest, _ := strings.Cut(text, " ")
	return c.seen(c.w.Slack.RunCommand(in.User, in.Channel, command, strings.TrimSpace(rest)))
}

func (c *console) press(in slackAction) (any, error) {
	return c.seen(c.w.Slack.PressButton(in.User, in.Channel, in.TS, in.Action, in.Value))
}

func (c *console) submit(in slackAction) (any, error) {
	return c.seen(c.w.Slack.SubmitView(in.User, in.View, in.State))
}

// sight is what the person sees. What went wrong on the way to the app is shown in the channel too, as Slack does.
type sight struct {
	slacksim.Response
	Failed string `json:"failed,omitempty"`
}

// seen is what the person sees. An error here is of the console, before Slack was asked.
func (c *console) seen(r slacksim.Response, err error) (any, error) {
	if r.ID == "" {
		return nil, err
	}
	in, _ := c.w.Slack.Interaction(r.ID)
	return sight{Response: r, Failed: in.Error}, nil
}

type jiraAction struct {
	Key    string `json:"key"`
	Status string `json:"status"`
	Text   string `json:"text"`
	User   string `json:"user"` // somebody of the Slack workspace, who then has an account in Jira too
}

func (c *console) transition(in jiraAction) (any, error) {
	return nil, c.w.Jira.Transition(in.Key, in.Status, c.jiraUser(in.User))
}

func (c *console) comment(in jiraAction) (any, error) {
	if strings.TrimSpace(in.Text) == "" {
		return nil, fmt.Errorf("text is empty: write the comment first")
	}
	return nil, c.w.Jira.Comment(in.Key, in.Text, c.jiraUser(in.User))
}

func (c *console) jiraUser(ref string) string {
	u, ok := c.w.Slack.User(ref)
	if !ok {
		return ref
	}
	return c.w.Jira.AddUser(jirasim.User{Name: u.Name, Email: u.Email, DisplayName: u.RealName}).AccountID
}
