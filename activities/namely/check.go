package namely

import (
	"context"
	"net/url"
)

// Check makes one read-only call, for a single profile, and says what is wrong with address or token.
func (s *System) Check(ctx context.Context) error {
	var page struct{}
	return s.get(ctx, "/profiles", url.Values{"per_page": {"1"}}, &page)
}
