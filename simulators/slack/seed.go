package slacksim

import "slices"

// AddUser adds a person and returns the account with its id. Whoever is there already, by id or mail address, is
// returned as is, so that a seeding program may run at every start. A new account that is not deactivated is
// signed in on two clients unless Sessions says otherwise.
func (s *Simulator) AddUser(u User) User {
	defer s.lock()()
	if found := s.st.user(u.ID); found != nil && u.ID != "" {
		return *found
	}
	if u.Email != "" {
		if found := s.st.who(u.Email); found != nil {
			return *found
		}
	}
	if u.ID == "" {
		u.ID = s.st.nextID("U")
	}
	if u.Name == "" {
		u.Name = handleOf(u)
	}
	if u.Sessions == 0 && !u.Deleted && !u.Bot {
		u.Sessions = 2
	}
	s.st.Users = append(s.st.Users, &u)
	s.mustCommit()
	return u
}

func handleOf(u User) string {
	for i, r := range u.Email {
		if r == '@' {
			return u.Email[:i]
		}
	}
	return u.ID
}

// AddChannel adds a conversation and returns it with its id; one that is there already, by id or name, is returned
// as is. The app is a member only if Members holds [BotUser].
func (s *Simulator) AddChannel(c Channel) Channel {
	defer s.lock()()
	for _, ref := range []string{c.ID, c.Name} {
		if found := s.st.channel(ref); ref != "" && found != nil {
			return copyChannel(found)
		}
	}
	if c.ID == "" {
		c.ID = s.st.nextID("C")
	}
	stored := copyChannel(&c)
	s.st.Channels = append(s.st.Channels, &stored)
	s.mustCommit()
	return copyChannel(&stored)
}

// Invite adds a person or the app ([BotUser]) to a channel.
func (s *Simulator) Invite(channel, user string) {
	s.changeChannel(channel, func(c *Channel) { c.add(user) })
}

// Kick takes a person or the app out of a channel.
func (s *Simulator) Kick(channel, user string) {
	s.changeChannel(channel, func(c *Channel) { c.drop(user) })
}

// Archive archives a channel or takes it back.
func (s *Simulator) Archive(channel string, archived bool) {
	s.changeChannel(channel, func(c *Channel) { c.Archived = archived })
}

func (s *Simulator) changeChannel(ref string, change func(*Channel)) {
	defer s.lock()()
	if c := s.st.channel(ref); c != nil {
		change(c)
		s.mustCommit()
	}
}

// AddGroup adds a user group and returns it with its id.
func (s *Simulator) AddGroup(g Group) Group {
	defer s.lock()()
	for _, found := range s.st.Groups {
		if found.ID == g.ID && g.ID != "" || found.Handle == g.Handle {
			return *found
		}
	}
	if g.ID == "" {
		g.ID = s.st.nextID("S")
	}
	g.Users = slices.Clone(g.Users)
	s.st.Groups = append(s.st.Groups, &g)
	s.mustCommit()
	return g
}

// DeleteMessage deletes a message as a workspace admin would.
func (s *Simulator) DeleteMessage(channel, ts string) {
	defer s.lock()()
	if m := s.st.message(channel, ts); m != nil {
		s.remove(channel, m)
		s.mustCommit()
	}
}

// User finds an account by id, handle or mail address.
func (s *Simulator) User(ref string) (User, bool) {
	defer s.lock()()
	if u := s.st.who(ref); u != nil {
		return *u, true
	}
	return User{}, false
}

// Interaction is one command, button press or submitted modal with everything the app has answered so far.
func (s *Simulator) Interaction(id string) (Interaction, bool) {
	defer s.lock()()
	for _, in := range s.st.Interactions {
		if in.ID == id {
			return copyInteraction(in), true
		}
	}
	return Interaction{}, false
}

func copyChannel(c *Channel) Channel {
	out := *c
	out.Members = slices.Clone(c.Members)
	return out
}

func copyInteraction(in *Interaction) Interaction {
	out := *in
	out.Answers = slices.Clone(in.Answers)
	return out
}

// Plant stores a message as it is given, with a new ts, and returns it: a message of another app, for example.
func (s *Simulator) Plant(channel string, m Message) Message {
	defer s.lock()()
	c := s.st.channel(channel)
	if c == nil {
		panic("the Slack stand-in has no channel " + channel)
	}
	stored := s.post(c, m)
	s.mustCommit()
	return *stored
}
