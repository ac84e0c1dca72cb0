package tracking

import (
	"context"
	"net/http"
	"net/url"

	"tenure/internal/vendorhttp"
)

// Check makes one read-only call and says what is wrong with address or key.
func (s *System) Check(ctx context.Context) error {
	_, err := s.api.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/trackers", Query: url.Values{"page_size": {"1"}}})
	return problemOf(err)
}
