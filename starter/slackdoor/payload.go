package slackdoor

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
)

// command is a slash command, in the words of Slack's form and of its JSON alike. user_name is left out: people
// choose it themselves.
type command struct {
	Channel     string `json:"channel_id"`
	User        string `json:"user_id"`
	Command     string `json:"command"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	Trigger     string `json:"trigger_id"`
	SSLCheck    bool   `json:"-"` // no command at all, over HTTP only
}

// interaction is what a press of a button or a submitted form sends, as far as the door looks at it.
type interaction struct {
	Type        string `json:"type"`
	Trigger     string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	User        struct {
		ID string `json:"id"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Type      string `json:"type"`
		Message   string `json:"message_ts"`
		Thread    string `json:"thread_ts"`
		Channel   string `json:"channel_id"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []action `json:"actions"`
	View    view     `json:"view"`
}

type action struct {
	ID    string `json:"action_id"`
	Value string `json:"value"`
}

type view struct {
	ID       string `json:"id"`
	Callback string `json:"callback_id"`
	Metadata string `json:"private_metadata"`
	State    struct {
		Values map[string]map[string]input `json:"values"` // by block id, then by action id
	} `json:"state"`
}

// input is the state of one input of a form, whichever kind it is of.
type input struct {
	Value  string `json:"value"`
	Date   string `json:"selected_date"`
	Time   string `json:"selected_time"`
	Option struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	Options []struct {
		Value string `json:"value"`
	} `json:"selected_options"`
}

// Slack's ids: U012AB3CD, C0123, D0123, V0123.
var idShape = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,31}$`)

// errUnread is a payload that is not of Slack's form. It is not acknowledged, so that whoever sent it sees that
// nothing happened.
var errUnread = errors.New("the payload is not of Slack's form")

// readCommandForm reads a command as HTTP brings it.
func readCommandForm(body []byte) (command, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return command{}, errUnread
	}
	c := command{Channel: form.Get("channel_id"), User: form.Get("user_id"), Command: form.Get("command"), Text: form.Get("text"),
		ResponseURL: form.Get("response_url"), Trigger: form.Get("trigger_id"),
		SSLCheck: form.Get("ssl_check") == "1"}
	return c, c.check()
}

// readCommand reads a command as Socket Mode brings it.
func readCommand(payload []byte) (command, error) {
	var c command
	if json.Unmarshal(payload, &c) != nil {
		return command{}, errUnread
	}
	return c, c.check()
}

func (c *command) check() error {
	if !idShape.MatchString(c.User) || c.Command == "" {
		return errUnread
	}
	if !idShape.MatchString(c.Channel) {
		c.Channel = ""
	}
	return nil
}

// readInteractionForm reads an interaction as HTTP brings it: JSON in one field of a form.
func readInteractionForm(body []byte) (interaction, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return interaction{}, errUnread
	}
	return readInteraction([]byte(form.Get("payload")))
}

// readInteraction reads an interaction as Socket Mode brings it.
func readInteraction(payload []byte) (interaction, error) {
	var in interaction
	if json.Unmarshal(payload, &in) != nil || in.Type == "" || !idShape.MatchString(in.User.ID) {
		return interaction{}, errUnread
	}
	return in, nil
}

// channel is where a button was pressed.
func (in interaction) channel() string {
	for _, id := range []string{in.Channel.ID, in.Container.Channel} {
		if idShape.MatchString(id) {
			return id
		}
	}
	return ""
}

var tsShape = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{1,8}$`)

// thread is the root of the thread an answer belongs into: the message with the button, or that message's own root.
// What only one person sees has no thread.
func (in interaction) thread() string {
	if in.Container.Ephemeral {
		return ""
	}
	for _, ts := range []string{in.Container.Thread, in.Container.Message} {
		if tsShape.MatchString(ts) {
			return ts
		}
	}
	return ""
}

// outcome is what the door makes of a payload.
type outcome struct {
	body  any                   // of the acknowledgement, as JSON; nil for none
	later func(context.Context) // to be done when it is acknowledged; nil for nothing
}

// said is a message that only the person sees.
func said(text string) outcome {
	return outcome{body: map[string]string{"response_type": "ephemeral", "text": text}}
}
