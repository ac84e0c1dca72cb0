package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
)

const maxResponseUses = 5

// serveResponseURL takes a later answer to a command or a button: at most five within the URL's life.
func (s *Simulator) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.st.ResponseURLs[r.PathValue("id")]
	var answer reply
	switch {
	case u == nil || s.Now().Sub(u.At) > s.ResponseLife:
		refuseResponse(w, http.StatusNotFound, "expired_url")
		return
	case u.Uses >= maxResponseUses:
		refuseResponse(w, http.StatusNotFound, "used_url")
		return
	case err != nil || json.Unmarshal(body, &answer) != nil:
		refuseResponse(w, http.StatusBadRequest, "invalid_payload")
		return
	}
	if wait := s.take("response/"+r.PathValue("id"), perResponse); wait > 0 {
		writeThrottled(w, wait)
		return
	}
	if bad := answer.check(); bad != nil {
		refuseResponse(w, http.StatusBadRequest, bad.code)
		return
	}
	if !answer.Delete && answer.empty() {
		refuseResponse(w, http.StatusBadRequest, "no_text")
		return
	}
	u.Uses++
	s.answer(u, answer)
	if err := s.commit(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok")
}

func refuseResponse(w http.ResponseWriter, status int, code string) {
	writeJSON(w, status, result{"ok": false, "error": code})
}

// answer shows what came by a response URL: a new message, or the original message replaced or deleted.
func (s *Simulator) answer(u *responseURL, r reply) {
	in := s.interaction(u.Interaction)
	if u.MessageTS == "" || !r.Replace && !r.Delete {
		s.show(in, r)
		return
	}
	a := Answer{TS: u.MessageTS, Type: "replace_original", Text: r.Text, Blocks: r.Blocks, At: s.Now()}
	if r.Delete {
		a.Type = "delete_original"
	}
	in.Answers = append(in.Answers, a)
	if u.Ephemeral {
		s.replaceEphemeral(u.MessageTS, r)
		return
	}
	m := s.st.message(u.Channel, u.MessageTS)
	switch {
	case m == nil:
	case r.Delete:
		s.remove(u.Channel, m)
	default:
		s.edit(m, content{text: r.Text, blocks: r.Blocks, hasText: true, hasBlock: len(r.Blocks) > 0})
	}
}

func (s *Simulator) replaceEphemeral(ts string, r reply) {
	kept := s.st.Ephemerals[:0:0]
	for _, e := range s.st.Ephemerals {
		if e.TS != ts {
			kept = append(kept, e)
			continue
		}
		if !r.Delete {
			e.Text, e.Blocks = r.Text, r.Blocks
			kept = append(kept, e)
		}
	}
	s.st.Ephemerals = kept
}

func (s *Simulator) interaction(id string) *Interaction {
	for _, in := range s.st.Interactions {
		if in.ID == id {
			return in
		}
	}
	return &Interaction{ID: id}
}
