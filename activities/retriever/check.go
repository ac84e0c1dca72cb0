package retriever

import "context"

// Check makes one read-only call and says what is wrong with address or key. It costs one of the day's reads.
func (s *System) Check(ctx context.Context) error {
	_, err := s.page(ctx, "")
	return err
}
