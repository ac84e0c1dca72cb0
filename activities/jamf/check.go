package jamf

import (
	"context"
	"net/http"
	"net/url"

	"tenure/internal/vendorhttp"
)

// Check gets an access token and makes one read-only call, and says what is wrong with address, client id or secret.
func (s *System) Check(ctx context.Context) error {
	var page struct{}
	answer, err := s.api.inventoryCall(ctx, readComputers, vendorhttp.Request{Method: http.MethodGet, Path: "/computers-inventory",
		Query: url.Values{"page-size": {"1"}, "section": {"GENERAL"}}})
	if err != nil {
		return err
	}
	return unreadable(answer.Decode(&page))
}
