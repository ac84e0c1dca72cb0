package jira

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// Attach puts a file on a ticket, once: a file with the same name that is already there stays as it is. The name
// must therefore say what is in it (the case, the date).
func (s *System) Attach(ctx context.Context, key, filename string, content io.Reader) error {
	var have struct {
		Fields struct {
			Attachment []struct {
				Filename string `json:"filename"`
			} `json:"attachment"`
		} `json:"fields"`
	}
	if err := s.do(ctx, http.MethodGet, issuePath(key, "?fields=attachment"), nil, &have); err != nil {
		return err
	}
	for _, a := range have.Fields.Attachment {
		if strings.EqualFold(a.Filename, filename) {
			return nil
		}
	}
	_, resp, err := s.api.Issue.PostAttachmentWithContext(ctx, key, content, filename)
	return s.outcome(ctx, http.MethodPost, issuePath(key, "/attachments"), resp, err)
}
