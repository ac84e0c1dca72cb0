package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAsk(t *testing.T) {
	for status, well := range map[int]bool{http.StatusOK: true, http.StatusServiceUnavailable: false, http.StatusNotFound: false} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		require.Equal(t, well, ask(s.URL+"/healthz") == nil, status)
		s.Close()
		require.Error(t, ask(s.URL+"/healthz"), "nobody answers")
	}
}
