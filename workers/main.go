// Command tenure-worker runs the worker fleet against a Temporal cluster: the processes, and the activities of
// every vendor. Any number of them may run; the server keeps the vendors' rates over all of them.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"tenure/workers/fleet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := fleet.Main(ctx, os.Getenv); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "tenure-worker:", err)
		stop()
		os.Exit(1)
	}
	slog.Info("stopped")
}
