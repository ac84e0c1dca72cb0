package slacksim

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
)

const maxUpload = 16 << 20

func filesGetUploadURL(s *Simulator, c *call) (result, *refusal) {
	size, err := strconv.Atoi(c.arg("length"))
	if c.arg("filename") == "" || err != nil || size <= 0 {
		return nil, refuse("invalid_arguments", "[ERROR] filename and a positive length are required")
	}
	f := &File{ID: s.st.nextID("F"), Name: c.arg("filename"), Size: size}
	s.st.Files = append(s.st.Files, f)
	return result{"upload_url": s.public() + "/upload/v1/" + f.ID, "file_id": f.ID}, nil
}

// serveUpload takes the bytes: a multipart part named file, or the raw body.
func (s *Simulator) serveUpload(w http.ResponseWriter, r *http.Request) {
	content, err := readUpload(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.file(r.PathValue("id"))
	switch {
	case f == nil || f.Uploaded:
		http.Error(w, "expired upload URL", http.StatusNotFound)
		return
	case err != nil || len(content) == 0 || len(content) > maxUpload:
		http.Error(w, "unreadable upload", http.StatusBadRequest)
		return
	}
	f.Content, f.Size, f.Uploaded = content, len(content), true
	if err := s.commit(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintf(w, "OK - %d", len(content))
}

// readUpload passes over whatever follows the last part: slack-go writes the closing boundary twice.
func readUpload(r *http.Request) ([]byte, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return io.ReadAll(io.LimitReader(r.Body, maxUpload+1))
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" {
			return io.ReadAll(io.LimitReader(part, maxUpload+1))
		}
	}
}

func filesCompleteUpload(s *Simulator, c *call) (result, *refusal) {
	var wanted []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal([]byte(c.arg("files")), &wanted) != nil || len(wanted) == 0 {
		return nil, refuse("invalid_arguments", "[ERROR] files must be a list")
	}
	channel := ""
	if ref := first(c.arg("channel_id"), c.arg("channels")); ref != "" {
		ch, bad := s.writable(ref)
		if bad != nil {
			return nil, bad
		}
		channel = ch.ID
	}
	out := []result{}
	for _, want := range wanted {
		f := s.file(want.ID)
		if f == nil || !f.Uploaded {
			return nil, refuse("file_not_found")
		}
		f.Title, f.Channel, f.Done = first(want.Title, f.Name), channel, s.Now()
		f.ThreadTS, f.Comment = c.arg("thread_ts"), c.arg("initial_comment")
		out = append(out, result{"id": f.ID, "title": f.Title})
	}
	s.settle()
	return result{"files": out}, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func (s *Simulator) file(id string) *File {
	for _, f := range s.st.Files {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// settle does what Slack does by itself after a while: completed uploads appear in their channel.
func (s *Simulator) settle() {
	for _, f := range s.st.Files {
		if f.Channel == "" || f.Done.IsZero() || f.ShareTS != "" || s.Now().Before(f.Done.Add(s.ShareDelay)) {
			continue
		}
		if ch := s.st.channel(f.Channel); ch != nil {
			m := s.post(ch, Message{User: BotUser, BotID: BotID, Text: f.Comment, ThreadTS: f.ThreadTS, Files: []string{f.ID}})
			f.ShareTS = m.TS
		}
	}
}

func filesInfo(s *Simulator, c *call) (result, *refusal) {
	f := s.file(c.arg("file"))
	if f == nil || f.Done.IsZero() {
		return nil, refuse("file_not_found")
	}
	out := result{"id": f.ID, "name": f.Name, "title": f.Title, "size": f.Size, "user": BotUser}
	if f.ShareTS != "" {
		kind := "public"
		if ch := s.st.channel(f.Channel); ch.Private || ch.IM {
			kind = "private"
		}
		out["shares"] = result{kind: result{f.Channel: []result{{"ts": f.ShareTS, "thread_ts": f.ThreadTS}}}}
	}
	return result{"file": out, "comments": []result{}, "paging": result{"count": 0, "total": 0, "page": 1, "pages": 0}}, nil
}
