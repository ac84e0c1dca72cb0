// Command tenure is the command line of Tenure: start an offboarding, follow it, answer it. Run it with --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"tenure/starter/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
