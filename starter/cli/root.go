// Package cli is the command line `tenure`. Every command resolves people through the identity ledger's directory,
// talks to cases by typed messages, prints tables for people and JSON for programs, and ends with a documented code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// The exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1 // something went wrong that is none of the following
	ExitUsage       = 2 // a flag or argument is wrong
	ExitUnknown     = 3 // there is no such person, case, step or device
	ExitAmbiguous   = 4 // more than one person fits
	ExitRefused     = 5 // the case or the policy said no
	ExitUnavailable = 6 // Temporal or the store does not answer
)

const exitHelp = `Exit codes: 0 done · 1 failed · 2 wrong flag or argument · 3 no such person, case, step or device ·
4 more than one person fits · 5 refused by the case or the policy · 6 Temporal or the store does not answer`

// coded is an error with its exit code.
type coded struct {
	code int
	err  error
}

func (e *coded) Error() string { return e.err.Error() }
func (e *coded) Unwrap() error { return e.err }

func failf(code int, format string, args ...any) error {
	return &coded{code: code, err: fmt.Errorf(format, args...)}
}

// app is what the commands share.
type app struct {
	Streams
	data   string // folder of a standalone installation
	asJSON bool
	actor  string
	getenv func(string) string
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, s Streams) int {
	a := &app{Streams: s, getenv: os.Getenv}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	_, _ = fmt.Fprintln(s.Err, "tenure:", err)
	return codeOf(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "tenure",
		Short:         "Joining, moving, leave and leaving as durable workflows",
		Long:          "Tenure runs an employee's whole tenure as durable workflows. This is its command line.\n\n" + exitHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	f := root.PersistentFlags()
	f.StringVar(&a.data, "data", os.Getenv("TENURE_DATA"), "folder of a standalone installation (its --data); settings are read from tenure.env in it")
	f.BoolVar(&a.asJSON, "json", false, "print JSON for programs")
	f.StringVar(&a.actor, "as", "", "who is asking, as kept in evidence (default: the user of this session)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &coded{code: ExitUsage, err: err} })
	root.AddCommand(a.serveCmd(), a.offboardCmd(), a.rescindCmd(), a.approveCmd(), a.denyCmd(), a.holdCmd(), a.releaseCmd(),
		a.explainCmd(), a.listCmd(), a.previewCmd(), a.stepCmd(), a.deviceCmd(), a.policyCmd())
	return root
}

// by is who asks, as the case keeps it.
func (a *app) by() string {
	if a.actor != "" {
		return "cli:" + a.actor
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "cli:" + u.Username
	}
	return "cli:unknown"
}

// codeOf chooses the exit code of an error.
func codeOf(err error) int {
	var c *coded
	if errors.As(err, &c) {
		return c.code
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return codeOfType(app.Type())
	}
	var missing *serviceerror.NotFound
	var away *serviceerror.Unavailable
	switch {
	case errors.As(err, &missing):
		return ExitUnknown
	case errors.As(err, &away), errors.Is(err, context.DeadlineExceeded):
		return ExitUnavailable
	}
	return ExitFailed
}

func codeOfType(typ string) int {
	switch typ {
	case activities.NotFound:
		return ExitUnknown
	case activities.Ambiguous:
		return ExitAmbiguous
	case activities.InvalidInput:
		return ExitUsage
	case activities.Conflict, activities.Forbidden, activities.Unsupported:
		return ExitRefused
	case activities.Unavailable, activities.RateLimited:
		return ExitUnavailable
	}
	return ExitFailed
}

// exactArgs is cobra's rule with a message that says what is wanted.
func exactArgs(n int, want string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return failf(ExitUsage, "wanted %s, got %d arguments", want, len(args))
		}
		return nil
	}
}
