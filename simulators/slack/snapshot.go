package slacksim

import "slices"

// Snapshot is the whole workspace as an administrator of the stand-in sees it, ready for JSON.
type Snapshot struct {
	Team         string        `json:"team"`
	Plan         Plan          `json:"plan"`
	Users        []User        `json:"users"`
	Channels     []Room        `json:"channels"`
	Ephemerals   []Ephemeral   `json:"ephemerals"`   // oldest first; each is for its User only
	Views        []View        `json:"views"`        // open modals and App Homes
	Interactions []Interaction `json:"interactions"` // oldest first
	Groups       []Group       `json:"groups"`
	Files        []File        `json:"files"`       // without their content; see [Simulator.File]
	Connections  int           `json:"connections"` // open Socket Mode connections
}

// Room is a channel with its messages.
type Room struct {
	Channel
	Messages []Post `json:"messages"` // without the threads' replies, oldest first
}

// Post is a message of a channel with its thread.
type Post struct {
	Message
	Author    string    `json:"author"` // handle
	Permalink string    `json:"permalink"`
	Thread    []Message `json:"thread,omitempty"` // replies, oldest first
}

// Snapshot copies the state for a console page. It is safe for concurrent use.
func (s *Simulator) Snapshot() Snapshot {
	defer s.lock()()
	s.settle()
	out := Snapshot{Team: TeamID, Plan: s.Plan, Users: []User{}, Channels: []Room{}, Ephemerals: []Ephemeral{}, Views: []View{},
		Interactions: []Interaction{}, Groups: []Group{}, Files: []File{}, Connections: s.hub.count()}
	for _, u := range s.st.Users {
		out.Users = append(out.Users, *u)
	}
	for _, c := range s.st.Channels {
		out.Channels = append(out.Channels, s.room(c))
	}
	for _, e := range s.st.Ephemerals {
		out.Ephemerals = append(out.Ephemerals, *e)
	}
	for _, v := range s.st.Views {
		if v.Open {
			out.Views = append(out.Views, *v)
		}
	}
	for _, in := range s.st.Interactions {
		out.Interactions = append(out.Interactions, copyInteraction(in))
	}
	for _, g := range s.st.Groups {
		copied := *g
		copied.Users = slices.Clone(g.Users)
		out.Groups = append(out.Groups, copied)
	}
	for _, f := range s.st.Files {
		copied := *f
		copied.Content = nil
		out.Files = append(out.Files, copied)
	}
	return out
}

// File is one upload with its content.
func (s *Simulator) File(id string) (File, bool) {
	defer s.lock()()
	if f := s.file(id); f != nil {
		return *f, true
	}
	return File{}, false
}

// Channel is one channel with its messages, by id or name.
func (s *Simulator) Channel(ref string) (Room, bool) {
	defer s.lock()()
	s.settle()
	if c := s.st.channel(ref); c != nil {
		return s.room(c), true
	}
	return Room{}, false
}

// DirectMessages is what the app wrote to one person, found by mail address, id or handle; oldest first.
func (s *Simulator) DirectMessages(person string) []Post {
	defer s.lock()()
	s.settle()
	u := s.st.who(person)
	if u == nil {
		return nil
	}
	for _, c := range s.st.Channels {
		if c.IM && c.has(u.ID) {
			return s.room(c).Messages
		}
	}
	return nil
}

func (s *Simulator) room(c *Channel) Room {
	room := Room{Channel: copyChannel(c), Messages: []Post{}}
	for _, m := range s.st.Messages[c.ID] {
		if m.ThreadTS != "" {
			continue
		}
		p := Post{Message: *m, Permalink: s.permalink(c.ID, m), Author: m.User}
		if u := s.st.user(m.User); u != nil {
			p.Author = u.Name
		}
		for _, r := range s.st.replies(c.ID, m.TS) {
			p.Thread = append(p.Thread, *r)
		}
		room.Messages = append(room.Messages, p)
	}
	return room
}
