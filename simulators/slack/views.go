package slacksim

import (
	"encoding/json"
	"strconv"
)

const (
	maxView            = 250_000 // bytes
	maxPrivateMetadata = 3000
	maxViewStack       = 3
)

// View is a modal that is open for somebody, or somebody's App Home.
type View struct {
	ID         string          `json:"id"`
	User       string          `json:"user"`
	Kind       string          `json:"kind"` // "modal" or "home"
	ExternalID string          `json:"externalId,omitempty"`
	Parent     string          `json:"parent,omitempty"` // the view below in the stack
	Root       string          `json:"root"`
	Body       json.RawMessage `json:"body"` // as the app sent it
	Hash       string          `json:"hash"`
	Open       bool            `json:"open"`
}

// readView checks the view argument.
func (s *Simulator) readView(raw, kind, self string) (*View, *refusal) {
	if len(raw) > maxView {
		return nil, refuse("view_too_large")
	}
	var body struct {
		Type            string          `json:"type"`
		Title           any             `json:"title"`
		Submit          any             `json:"submit"`
		Close           any             `json:"close"`
		Blocks          json.RawMessage `json:"blocks"`
		ExternalID      string          `json:"external_id"`
		PrivateMetadata string          `json:"private_metadata"`
	}
	if json.Unmarshal([]byte(raw), &body) != nil || body.Type != kind {
		return nil, refuse("invalid_arguments", "[ERROR] view must be a "+kind+" [json-pointer:/view]")
	}
	if bad := checkBlocks(string(body.Blocks), viewSurface); bad != nil {
		return nil, bad
	}
	c := &checker{}
	if kind == "modal" {
		c.textObject("/view/title", body.Title, maxTitle, "plain_text")
		for at, label := range map[string]any{"/view/submit": body.Submit, "/view/close": body.Close} {
			if label != nil {
				c.textObject(at, label, maxTitle, "plain_text")
			}
		}
		if body.Submit == nil && len((&View{Body: json.RawMessage(raw)}).inputs()) > 0 {
			c.fail("/view/submit", "missing required field: submit")
		}
	}
	c.length("/view/private_metadata", body.PrivateMetadata, maxPrivateMetadata)
	c.length("/view/external_id", body.ExternalID, maxID)
	if len(c.problems) > 0 {
		return nil, refuse("invalid_arguments", c.problems...)
	}
	for _, v := range s.st.Views {
		if body.ExternalID != "" && v.Open && v.ExternalID == body.ExternalID && v.ID != self {
			return nil, refuse("duplicate_external_id")
		}
	}
	return &View{Kind: kind, ExternalID: body.ExternalID, Body: json.RawMessage(raw), Open: true}, nil
}

// useTrigger takes a trigger id: valid for a short time, once.
func (s *Simulator) useTrigger(id string) (*trigger, *refusal) {
	t := s.st.Triggers[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.Used:
		return nil, refuse("exchanged_trigger_id")
	case s.Now().Sub(t.At) > s.TriggerLife:
		return nil, refuse("expired_trigger_id")
	}
	return t, nil
}

func viewsOpen(s *Simulator, c *call) (result, *refusal) {
	t, bad := s.useTrigger(c.arg("trigger_id"))
	if bad != nil {
		return nil, bad
	}
	v, bad := s.readView(c.arg("view"), "modal", "")
	if bad != nil {
		return nil, bad
	}
	t.Used = true
	s.closeViews(t.User)
	return s.keepView(v, t.User, nil), nil
}

func viewsPush(s *Simulator, c *call) (result, *refusal) {
	t, bad := s.useTrigger(c.arg("trigger_id"))
	if bad != nil {
		return nil, bad
	}
	below := s.topView(t.User)
	switch {
	case below == nil:
		return nil, refuse("not_found")
	case s.depth(below) >= maxViewStack:
		return nil, refuse("push_limit_reached")
	}
	v, bad := s.readView(c.arg("view"), "modal", "")
	if bad != nil {
		return nil, bad
	}
	t.Used = true
	return s.keepView(v, t.User, below), nil
}

func viewsUpdate(s *Simulator, c *call) (result, *refusal) {
	v := s.findView(c.arg("view_id"), c.arg("external_id"))
	if v == nil || !v.Open {
		return nil, refuse("not_found")
	}
	if h := c.arg("hash"); h != "" && h != v.Hash {
		return nil, refuse("hash_conflict")
	}
	fresh, bad := s.readView(c.arg("view"), v.Kind, v.ID)
	if bad != nil {
		return nil, bad
	}
	s.replaceView(v, fresh)
	return result{"view": s.wireView(v, nil)}, nil
}

func viewsPublish(s *Simulator, c *call) (result, *refusal) {
	u := s.st.user(c.arg("user_id"))
	if u == nil {
		return nil, refuse("invalid_arguments", "[ERROR] user_id is not valid")
	}
	home := s.home(u.ID)
	if h := c.arg("hash"); h != "" && home != nil && h != home.Hash {
		return nil, refuse("hash_conflict")
	}
	self := ""
	if home != nil {
		self = home.ID
	}
	v, bad := s.readView(c.arg("view"), "home", self)
	if bad != nil {
		return nil, bad
	}
	if home == nil {
		return s.keepView(v, u.ID, nil), nil
	}
	s.replaceView(home, v)
	return result{"view": s.wireView(home, nil)}, nil
}

func (s *Simulator) keepView(v *View, user string, below *View) result {
	v.ID, v.User, v.Hash = s.st.nextID("V"), user, s.newHash()
	v.Root = v.ID
	if below != nil {
		v.Parent, v.Root = below.ID, below.Root
	}
	s.st.Views = append(s.st.Views, v)
	return result{"view": s.wireView(v, nil)}
}

func (s *Simulator) replaceView(v, fresh *View) {
	v.Body, v.ExternalID, v.Hash = fresh.Body, fresh.ExternalID, s.newHash()
}

func (s *Simulator) newHash() string {
	s.st.Serial++
	return strconv.FormatInt(s.Now().Unix(), 10) + "." + strconv.FormatInt(int64(s.st.Serial), 36)
}

func (s *Simulator) findView(id, external string) *View {
	for _, v := range s.st.Views {
		if id != "" && v.ID == id || external != "" && v.ExternalID == external {
			return v
		}
	}
	return nil
}

// topView is the modal a person sees.
func (s *Simulator) topView(user string) *View {
	for i := len(s.st.Views) - 1; i >= 0; i-- {
		if v := s.st.Views[i]; v.Open && v.User == user && v.Kind == "modal" {
			return v
		}
	}
	return nil
}

func (s *Simulator) depth(v *View) int {
	n := 1
	for v.Parent != "" {
		v = s.findView(v.Parent, "")
		n++
	}
	return n
}

func (s *Simulator) home(user string) *View {
	for _, v := range s.st.Views {
		if v.User == user && v.Kind == "home" {
			return v
		}
	}
	return nil
}

func (s *Simulator) closeViews(user string) {
	for _, v := range s.st.Views {
		if v.User == user && v.Kind == "modal" {
			v.Open = false
		}
	}
}

// wireView is a view as the Web API and payloads show it: what the app sent, and what Slack adds.
func (s *Simulator) wireView(v *View, values any) result {
	out := result{}
	_ = json.Unmarshal(v.Body, &out) // it was checked when it came
	if values == nil {
		values = result{}
	}
	out["id"], out["team_id"], out["hash"] = v.ID, TeamID, v.Hash
	out["root_view_id"], out["app_id"], out["bot_id"] = v.Root, AppID, BotID
	out["state"] = result{"values": values}
	if v.Parent != "" {
		out["previous_view_id"] = v.Parent
	}
	return out
}
