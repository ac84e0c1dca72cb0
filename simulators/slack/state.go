package slacksim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// User is one account of the workspace.
type User struct {
	ID         string `json:"id"`
	Name       string `json:"name"` // handle, without the @
	RealName   string `json:"realName,omitempty"`
	Email      string `json:"email,omitempty"`
	TZ         string `json:"tz,omitempty"`
	Bot        bool   `json:"bot,omitempty"`
	Restricted bool   `json:"restricted,omitempty"` // a guest
	// UltraRestricted is a guest of a single channel; it comes with Restricted.
	UltraRestricted bool `json:"ultraRestricted,omitempty"`
	Invited         bool `json:"invited,omitempty"`     // has not accepted the invitation yet
	Unconfirmed     bool `json:"unconfirmed,omitempty"` // never confirmed the mail address
	Stranger        bool `json:"stranger,omitempty"`    // of another organisation, seen through a shared channel
	// Team is the account's home: empty means this workspace. In an Enterprise organisation (see
	// [Simulator.Organisation]) Teams lists the workspaces the account is a member of.
	Team     string   `json:"team,omitempty"`
	Teams    []string `json:"teams,omitempty"`
	Owner    bool     `json:"owner,omitempty"`   // the primary owner, whom nobody can sign out or deactivate
	Deleted  bool     `json:"deleted,omitempty"` // deactivated
	Sessions int      `json:"sessions"`          // signed-in clients
}

// Channel is a conversation: public, private, or a direct message.
type Channel struct {
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Private  bool     `json:"private,omitempty"`
	IM       bool     `json:"im,omitempty"`
	Shared   bool     `json:"shared,omitempty"` // with another organisation
	Archived bool     `json:"archived,omitempty"`
	Members  []string `json:"members"`
}

// Metadata is what an app hangs on a message.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// Message is one message of a channel, also a reply in a thread.
type Message struct {
	TS       string          `json:"ts"`
	ThreadTS string          `json:"threadTs,omitempty"` // the root's ts, for a reply
	User     string          `json:"user"`
	BotID    string          `json:"botId,omitempty"`
	Subtype  string          `json:"subtype,omitempty"`
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
	Metadata *Metadata       `json:"metadata,omitempty"`
	Files    []string        `json:"files,omitempty"`
	// Broadcast marks a reply that is shown in the channel too.
	Broadcast bool `json:"broadcast,omitempty"`
	// Edits counts chat.update calls on it; EditedAt is the last.
	Edits    int       `json:"edits,omitempty"`
	EditedAt time.Time `json:"editedAt,omitzero"`
	PostedAt time.Time `json:"postedAt"`
}

// Ephemeral is a message only one person sees.
type Ephemeral struct {
	TS       string          `json:"ts"`
	Channel  string          `json:"channel"`
	User     string          `json:"user"`
	ThreadTS string          `json:"threadTs,omitempty"`
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
	At       time.Time       `json:"at"`
	// From is the interaction it answers, if it came by a response URL or an acknowledgement.
	From string `json:"from,omitempty"`
}

// Group is a user group.
type Group struct {
	ID     string   `json:"id"`
	Handle string   `json:"handle"`
	Name   string   `json:"name,omitempty"`
	Users  []string `json:"users"`
	// Disabled groups are shown only to those who ask for them.
	Disabled bool `json:"disabled,omitempty"`
	// External groups belong to another organisation.
	External bool `json:"external,omitempty"`
}

// File is one upload.
type File struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Title    string    `json:"title,omitempty"`
	Size     int       `json:"size"`
	Content  []byte    `json:"content,omitempty"`
	Uploaded bool      `json:"uploaded,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	ThreadTS string    `json:"threadTs,omitempty"`
	Comment  string    `json:"comment,omitempty"`
	Done     time.Time `json:"done,omitzero"`     // completeUploadExternal was called
	ShareTS  string    `json:"shareTs,omitempty"` // the message that shows it
}

// trigger is a trigger id that was handed out.
type trigger struct {
	User string    `json:"user"`
	At   time.Time `json:"at"`
	Used bool      `json:"used,omitempty"`
	// View is the modal the interaction came from, for views.push.
	View string `json:"view,omitempty"`
}

// responseURL is a response URL that was handed out.
type responseURL struct {
	Interaction string    `json:"interaction"`
	Channel     string    `json:"channel"`
	User        string    `json:"user"`
	MessageTS   string    `json:"messageTs,omitempty"` // the message with the button
	Ephemeral   bool      `json:"ephemeral,omitempty"`
	At          time.Time `json:"at"`
	Uses        int       `json:"uses"`
}

// state is everything that survives a restart.
type state struct {
	Users        []*User                 `json:"users"`
	Channels     []*Channel              `json:"channels"`
	Messages     map[string][]*Message   `json:"messages"` // by channel, oldest first, replies among them
	Ephemerals   []*Ephemeral            `json:"ephemerals"`
	Groups       []*Group                `json:"groups"`
	Files        []*File                 `json:"files"`
	Views        []*View                 `json:"views"`
	Triggers     map[string]*trigger     `json:"triggers"`
	ResponseURLs map[string]*responseURL `json:"responseUrls"`
	Interactions []*Interaction          `json:"interactions"`
	Tickets      map[string]bool         `json:"tickets"` // WebSocket tickets not used yet
	LastTS       int64                   `json:"lastTs"`  // microseconds
	Serial       int                     `json:"serial"`
}

func (st *state) fill() {
	if st.Messages == nil {
		st.Messages = map[string][]*Message{}
	}
	if st.Triggers == nil {
		st.Triggers = map[string]*trigger{}
	}
	if st.ResponseURLs == nil {
		st.ResponseURLs = map[string]*responseURL{}
	}
	if st.Tickets == nil {
		st.Tickets = map[string]bool{}
	}
	if st.user(BotUser) == nil {
		st.Users = append(st.Users, &User{ID: BotUser, Name: "tenure", RealName: "Tenure", Bot: true})
	}
}

// nextID makes an id of Slack's form: a letter and upper-case letters and digits.
func (st *state) nextID(prefix string) string {
	st.Serial++
	n := strings.ToUpper(strconv.FormatInt(int64(st.Serial), 36))
	return prefix + "0S" + strings.Repeat("0", max(0, 6-len(n))) + n
}

// nextTS makes a message timestamp: unique and growing in the whole workspace, though Slack promises it per
// channel only.
func (st *state) nextTS(now time.Time) string {
	st.LastTS = max(now.UnixMicro(), st.LastTS+1)
	return fmt.Sprintf("%010d.%06d", st.LastTS/1e6, st.LastTS%1e6)
}

func (st *state) user(id string) *User {
	for _, u := range st.Users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// who finds a person by id, handle or mail address.
func (st *state) who(ref string) *User {
	ref = strings.TrimPrefix(ref, "@")
	for _, u := range st.Users {
		if u.ID == ref || strings.EqualFold(u.Name, ref) || u.Email != "" && strings.EqualFold(u.Email, ref) {
			return u
		}
	}
	return nil
}

// channel finds a conversation by id or name.
func (st *state) channel(ref string) *Channel {
	name := strings.TrimPrefix(ref, "#")
	for _, c := range st.Channels {
		if c.ID == ref || c.Name != "" && c.Name == name {
			return c
		}
	}
	return nil
}

func (st *state) message(channel, ts string) *Message {
	for _, m := range st.Messages[channel] {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// replies lists the thread of a root, oldest first, without the root.
func (st *state) replies(channel, root string) []*Message {
	var out []*Message
	for _, m := range st.Messages[channel] {
		if m.ThreadTS == root && m.TS != root {
			out = append(out, m)
		}
	}
	return out
}

func (c *Channel) has(user string) bool {
	for _, m := range c.Members {
		if m == user {
			return true
		}
	}
	return false
}
