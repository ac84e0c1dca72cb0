// Command healthz asks an address for its health and ends with 0 when it is well: what a container's health check runs
// where there is neither a shell nor curl.
//
//	healthz http://127.0.0.1:8090/healthz
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// within is shorter than the time Compose gives a check.
const within = 4 * time.Second

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "healthz: give one address, for example http://127.0.0.1:8090/healthz")
		os.Exit(2)
	}
	if err := ask(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "healthz:", err)
		os.Exit(1)
	}
}

func ask(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody) // #nosec G704 -- asking the address it is given is what it is for
	if err != nil {
		return err
	}
	// No proxy: the address is this container's own.
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(req) // #nosec G704 -- asking the address it is given is what it is for
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, resp.Status)
	}
	return nil
}
