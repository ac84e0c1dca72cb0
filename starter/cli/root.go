// Package cli is the command line `tenure`. What a person asks becomes a Request, weighed and carried by a worker like
// what comes through any other front door; what is only shown is asked of the case itself. Commands print tables for
// people and JSON for programs, and end with a documented code.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

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
	ExitUnknown     = 3 // there is no such person, case, step, device or batch
	ExitAmbiguous   = 4 // more than one person fits
	ExitRefused     = 5 // the case or the policy said no
	ExitUnavailable = 6 // Temporal, a worker or the store does not answer
)

const rootHelp = `Tenure runs an employee's whole tenure as durable workflows: joining, moving, leave and leaving. This is its command
line: it starts a case, shows how it stands, and answers it when it waits for somebody.

A person is named by work address or employee id, a case by the person or by its workflow id. Of a person who has
several cases that run, name the case.

Settings come from the environment, or from a standalone installation's folder given with --data:
  TENURE_STORE             Tenure's store, where this machine reaches it: the path of an SQLite file or the address of a
                           PostgreSQL database; otherwise a worker is asked
  TENURE_STORE_PASSWORD    the password for that address; or TENURE_STORE_PASSWORD_FILE
  TENURE_POLICY            path of the policy file in force; otherwise a worker applies its own
  TENURE_PAYLOAD_KEYS      keys that decrypt histories; or TENURE_PAYLOAD_KEYS_FILE
  TEMPORAL_ADDRESS, ...    where Temporal is, as for every Temporal tool
  TENURE_DATA              the same as --data

Exit codes:
  0  done
  1  failed for a reason that is none of the following
  2  a flag or argument is wrong
  3  there is no such person, case, step, device or batch
  4  more than one person fits
  5  refused by the case or the policy
  6  Temporal, a worker or the store does not answer
  7  doctor: there are warnings
  8  doctor: a check failed; policy check: the mapping does not fit Namely or Okta`

const stateHelp = `The states of a step:
  verified           a separate read of the vendor agreed
  already absent     there was nothing left to take away
  not applicable     the person has no such thing
  ignored by policy  the policy says to leave it
  skipped            a person decided so, with a reason
  pending, running, waiting
  delegated          somebody outside IT was asked to do it
  needs attention    it could not be done: somebody's job now
  unverified         the vendor said yes, and the read-back disagrees`

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
	// timeout is how long an answer is waited for.
	timeout time.Duration
	getenv  func(string) string
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, s Streams) int { return run(ctx, args, s, os.Getenv) }

func run(ctx context.Context, args []string, s Streams, getenv func(string) string) int {
	a := &app{Streams: s, getenv: getenv}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	_, _ = fmt.Fprintln(s.Err, "tenure:", words(err))
	return codeOf(err)
}

func (a *app) root() *cobra.Command {
	root := group("tenure", "Joining, moving, leave and leaving as durable workflows")
	root.Long = rootHelp
	root.Example = `  tenure offboard robin@example.com --reason "left the company"
  tenure explain robin@example.com
  tenure list`
	root.SilenceUsage, root.SilenceErrors = true, true
	f := root.PersistentFlags()
	f.StringVar(&a.data, "data", a.getenv("TENURE_DATA"), "folder of a standalone installation (its --data); settings are read from tenure.env in it")
	f.BoolVar(&a.asJSON, "json", false, "print JSON for programs")
	f.DurationVar(&a.timeout, "timeout", 30*time.Second, "how long to wait for Temporal and for a worker's answer")
	f.StringVar(&a.actor, "as", "", "who is asking, as kept in evidence (default: the user of this session)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return failf(ExitUsage, "%w; see: %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(a.serveCmd(), a.onboardCmd(), a.moveCmd(), a.offboardCmd(), a.rescindCmd(), a.approveCmd(), a.denyCmd(), a.holdCmd(), a.releaseCmd(),
		a.extendCmd(), a.explainCmd(), a.followCmd(), a.listCmd(), a.previewCmd(), a.stepCmd(), a.deviceCmd(), a.batchCmd(), a.watchCmd(), a.policyCmd(), a.doctorCmd())
	return root
}

// by is who asks, as the case keeps it.
func (a *app) by() string {
	if a.actor != "" {
		return "cli:" + a.actor
	}
	return "cli:" + cmp.Or(signedIn(), "unknown")
}

// signedIn is the user of this session of the machine, which --as does not change; empty when that is not known.
func signedIn() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
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
	switch {
	case errors.As(err, &missing):
		return ExitUnknown
	case noAnswer(err):
		return ExitUnavailable
	}
	return ExitFailed
}

// noAnswer says whether a server or worker is away.
func noAnswer(err error) bool {
	var away *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	var idle *serviceerror.FailedPrecondition // a query, and no worker polls
	return errors.As(err, &away) || errors.As(err, &late) || errors.As(err, &idle) || errors.Is(err, context.DeadlineExceeded)
}

// words is what a person reads of an error: of a refusal its own words and the mend, without Temporal's wrapping.
func words(err error) string {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return err.Error()
	}
	var d activities.ProblemDetail
	if app.HasDetails() && app.Details(&d) == nil && d.Text != "" {
		if d.Mend != "" {
			return d.Text + ": " + d.Mend
		}
		return d.Text
	}
	return app.Message()
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

// exactArgs is cobra's rule with a message that says what is wanted and shows how it is written.
func exactArgs(n int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		return failf(ExitUsage, "%s wants %s and got %d; for example: %s", cmd.CommandPath(), want, len(args), example)
	}
}

// group is a command that only holds others: alone it prints its help, and a word it does not know is an error.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: name, Short: short, Args: func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf(", did you mean %s?", strings.Join(near, " or "))
		}
		return failf(ExitUsage, "%s has no command %q%s; see: %s --help", cmd.CommandPath(), args[0], hint, cmd.CommandPath())
	}, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.SuggestionsMinimumDistance = 2
	g.AddCommand(commands...)
	return g
}
