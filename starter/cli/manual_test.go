package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the manual and the golden files anew")

const manualFile = "../../docs/cli.md"

// The manual is written by the commands themselves: `go test ./starter/cli -run Manual -update`.
func TestManual_IsWhatTheCommandsSay(t *testing.T) {
	text := manual((&app{getenv: func(string) string { return "" }}).root())
	if *update {
		require.NoError(t, os.WriteFile(manualFile, []byte(text), 0o600))
	}
	body, err := os.ReadFile(manualFile)
	require.NoError(t, err)
	require.True(t, string(body) == text, "docs/cli.md is not what the commands say; write it anew with: go test ./starter/cli -run Manual -update")
}

// manual is the command line as a Markdown page.
func manual(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The command line\n\n<!-- Written by: go test ./starter/cli -run Manual -update -->\n\n")
	section(&b, root.Long)
	b.WriteString("Flags of every command:\n\n")
	flags(&b, root.PersistentFlags())
	b.WriteString("## What --json prints\n\n")
	b.WriteString(printed)
	every(root, func(cmd *cobra.Command) {
		if cmd == root {
			return
		}
		if cmd.HasSubCommands() {
			fmt.Fprintf(&b, "## %s\n\n%s.\n\n", cmd.CommandPath(), cmd.Short)
			if cmd.Long != "" {
				section(&b, cmd.Long)
			}
			return
		}
		level := "##"
		if cmd.Parent() != root {
			level = "###"
		}
		fmt.Fprintf(&b, "%s %s\n\n%s.\n\n```\n%s\n```\n\n", level, cmd.CommandPath(), cmd.Short, cmd.UseLine())
		if cmd.Long != "" {
			section(&b, cmd.Long)
		}
		fmt.Fprintf(&b, "```\n%s\n```\n\n", unindented(cmd.Example))
		flags(&b, cmd.LocalNonPersistentFlags())
	})
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// printed names what each command prints for programs. The names of its fields are kept from version to version.
const printed = `The names of fields stay from version to version; new ones are added. Times are RFC 3339 in UTC, durations nanoseconds. An error is
one line on standard error in words, with the exit code for programs.

| command | prints |
| --- | --- |
| offboard, explain, approve, deny, rescind, hold, release, extend, step | the case: "case", "employee", "phase", "headline", "steps" (each with "id", "phase", "state", "readBack"), "waitsFor", "nextWake", "closed", "outcome" |
| follow, explain --follow | one object a line for each change: "at", "kind" (phase, step, device, approval, hold, headline, notice, closed), "step", "device", "from", "to", "text" |
| device return, device received, watch accept | what came of it: "text", "case" |
| list | cases: "case", "employee", "name", "process", "phase", "blockedOn", "urgency", "status", "started" |
| preview | the plan: its phases with their steps |
| device list | devices: "case", "serial", "employee", "phase", "milestone", "lastSeen", "waitsFor", "started", "updated" |
| batch list | batches, each as batch show prints one |
| batch show, batch release, batch reject | the batch: "id", "cause", "state", "opened", "expires", "people" (each with "employee", "kinds", "state"), "proposal", "decided" |
| watch status, watch pause, watch resume | "every", "paused", "note", "running", "next", "runs", and from a worker "state": "poll", "accepted", "waiting", "held", "batches", "raise" |
| watch run-now | "scan", "dispatched" and "poll" |
| watch raise | the raise: "id", "people", "lasts", "state", "asked", "until" |
| policy check | "file", "hash", "phases" |

`

// section writes a help text, whose indented lines are tables that keep their shape.
func section(b *strings.Builder, text string) {
	inside := false
	for _, line := range strings.Split(text, "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != inside {
			inside = indented
			b.WriteString("```\n")
		}
		fmt.Fprintln(b, strings.TrimPrefix(line, "  "))
	}
	if inside {
		b.WriteString("```\n")
	}
	b.WriteString("\n")
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

func flags(b *strings.Builder, set *pflag.FlagSet) {
	rows := ""
	set.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		kind, help := pflag.UnquoteUsage(f)
		if kind != "" {
			name += " " + kind
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && f.DefValue != "0s" {
			help += " (default " + f.DefValue + ")"
		}
		rows += fmt.Sprintf("| `%s` | %s |\n", name, help)
	})
	if rows != "" {
		fmt.Fprintf(b, "| flag | |\n| --- | --- |\n%s\n", rows)
	}
}
