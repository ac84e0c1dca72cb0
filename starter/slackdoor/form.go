package slackdoor

import (
	"encoding/json"
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// formKind is which form; it travels in the form's private metadata.
type formKind string

const (
	formOffboard formKind = "offboard"
	formReturn   formKind = "return"
	formStatus   formKind = "status"
	formExplain  formKind = "explain"
	formPress    formKind = "press" // what a button needs before it is an ask
)

// callback marks the forms of this package.
const callback = "tenure"

// The inputs of the forms: their block ids. Every input's action id is inputID.
const (
	blockWho       = "who"
	blockDay       = "day"
	blockHour      = "hour"
	blockEmergency = "emergency"
	blockReason    = "reason"
	blockSerial    = "serial"
	blockWhich     = "which"
	blockIDs       = "ids"
	blockCount     = "count"
	blockHours     = "hours"

	inputID = "v"
)

// The choices of blockWhich and of blockEmergency.
const (
	whichOnly   = "only"
	whichExcept = "except"

	emergencyYes = "yes"
)

// meta is what a form carries from where it was opened to where it is submitted. It holds no personal data but what
// the button held.
type meta struct {
	Form    formKind        `json:"f"`
	Channel string          `json:"c,omitempty"`
	Thread  string          `json:"t,omitempty"`
	Value   json.RawMessage `json:"p,omitempty"` // of the button
	press   activities.Press
}

func (m meta) carrying(p activities.Press) meta {
	m.press, m.Value = p, json.RawMessage(p.Value())
	return m
}

// readMeta reads what a form carries.
func readMeta(text string) (meta, error) {
	var m meta
	if json.Unmarshal([]byte(text), &m) != nil {
		return meta{}, errUnread
	}
	if !idShape.MatchString(m.Channel) {
		m.Channel = ""
	}
	if !tsShape.MatchString(m.Thread) {
		m.Thread = ""
	}
	switch m.Form {
	case formOffboard, formReturn, formStatus, formExplain:
		return m, nil
	case formPress:
	default:
		return meta{}, errUnread
	}
	var err error
	if m.press, err = activities.ParsePress(string(m.Value)); err != nil || formFor(m.press.Verb) != formPress {
		return meta{}, errUnread
	}
	return m, nil
}

func (m meta) reply(user string) activities.Reply {
	return activities.Reply{Channel: m.Channel, User: user, Thread: m.Thread}
}

// blocks are the inputs of the form, in order.
func (m meta) blocks() []string {
	switch m.Form {
	case formOffboard:
		return []string{blockWho, blockDay, blockHour, blockEmergency, blockReason}
	case formReturn:
		return []string{blockWho, blockSerial, blockReason}
	case formPress:
		return pressBlocks(m.press)
	default:
		return []string{blockWho}
	}
}

// pressBlocks are what a button's verb needs. A button that carries a nonce confirms what somebody proposed: there is
// nothing left to choose.
func pressBlocks(p activities.Press) []string {
	switch {
	case p.Verb == activities.VerbReceived:
		return []string{blockSerial}
	case p.Nonce != "":
		return []string{blockReason}
	case p.Verb == activities.VerbBatchRelease:
		return []string{blockWhich, blockIDs, blockReason}
	case p.Verb == activities.VerbBatchReject:
		return []string{blockIDs, blockReason}
	case p.Verb == activities.VerbRaise:
		return []string{blockCount, blockHours, blockReason}
	}
	return []string{blockReason}
}

func (m meta) words() verbWords {
	switch m.Form {
	case formOffboard:
		return verbWords{"Offboard somebody", "Offboard", "Ends somebody's access: accounts, sessions, devices, apps."}
	case formReturn:
		return verbWords{"Return a laptop", "Bring it back", "Brings a computer back, outside an offboarding."}
	case formPress:
		return wordsOf(m.press)
	default:
		return verbWords{"How it stands", "Show", "Says what is done, what is verified, who is waited for and what comes next."}
	}
}

// view draws the form, with what is known of the ask filled in.
func (m meta) view(ask activities.Ask) slackapi.ModalViewRequest {
	w := m.words()
	blocks := []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(w.effect+about(m.press)), nil, nil)}
	for _, id := range m.blocks() {
		blocks = append(blocks, m.input(id, ask))
	}
	blocks = append(blocks, slackapi.NewContextBlock("", mrkdwn(taken)))
	metadata, err := json.Marshal(m)
	if err != nil { // strings and a button's own JSON
		panic("slackdoor: " + err.Error())
	}
	return slackapi.ModalViewRequest{Type: slackapi.VTModal, CallbackID: callback, PrivateMetadata: string(metadata), Title: plain(w.title),
		Submit: plain(w.button), Close: plain("Cancel"), Blocks: slackapi.Blocks{BlockSet: blocks}}
}

// about says what the button belongs to, as the button says it: nothing is looked up.
func about(p activities.Press) string {
	var parts []string
	for _, f := range []struct{ label, value string }{{"Case", p.Case}, {"Step", string(p.Step)}, {"Device", p.Serial}, {"Batch", p.Batch}} {
		if f.value != "" {
			parts = append(parts, "*"+f.label+"* `"+escape(f.value)+"`")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "\n" + strings.Join(parts, " · ")
}

func mrkdwn(text string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, text, false, false)
}

func plain(text string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.PlainTextType, text, false, false)
}
