package cli

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
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
	printedTable(&b)
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

const printedHelp = `The names of fields stay from version to version; new ones are added. Times are RFC 3339 in UTC, durations nanoseconds. An error is
one line on standard error in words, with the exit code for programs.

`

// printed is what each command prints for programs, as what Go type, with the fields that a program will want.
var printed = []struct {
	commands string
	as       any
	fields   string
}{
	{"offboard, onboard, move, explain, approve, deny, rescind, hold, release, extend, step", activities.CaseView{},
		`the case: "case", "employee", "phase", "headline", "steps" (each with "id", "phase", "state", "readBack"), "waitsFor", "nextWake", "closed", "outcome"`},
	{"follow, explain --follow", show.Change{},
		`one object a line for each change: "at", "kind" (phase, step, device, approval, hold, headline, notice, closed), "step", "device", "from", "to", "text"`},
	{"device return, device received, watch accept", workflows.RequestResult{}, `what came of it: "text", "case"`},
	{"list", show.Row{}, `cases: "case", "employee", "name", "process", "phase", "blockedOn", "urgency", "status", "started"`},
	{"preview", previewed{}, `the plan: "steps" (each with "id", "phase", "critical"); and of the role: "role" (with "stand", "why", "records", "logins", "role": "attributes" and "groups", each with its "rule", and "faults"), "comparison" (with "exists", "change", "join", "quit", "manual", "byRule", "unknown"), "taken", "silent"`},
	{"device list", show.Device{}, `devices: "case", "serial", "employee", "phase", "milestone", "lastSeen", "waitsFor", "started", "updated"`},
	{"batch list", employee.Batch{}, `batches, each as batch show prints one`},
	{"batch show, batch release, batch reject", employee.Batch{},
		`the batch: "id", "cause", "state", "opened", "expires", "people" (each with "employee", "kinds", "departure", "state"), "proposal" and "decided" (each with "verb", "by", "people", "nonce", "confirmed")`},
	{"watch status, watch pause, watch resume", show.Watch{},
		`"every", "paused", "note", "running", "next", "runs" (each with "at", "status", "result"), and from a worker "state": "poll", "accepted", "waiting", "held", "batches", "gone", "raise"`},
	{"watch run-now", workflows.WatchDirectoryResult{}, `"scan" (with "profiles", "events", "held", "batch"), "dispatched" (with "started", "updated", "skipped") and "poll" (with "outcome", "distrust")`},
	{"watch raise", employee.Raise{}, `the raise: "id", "people", "lasts", "state", "asked", "until"`},
	{"policy check", checkedPolicy{}, `"file", "hash", "phases", "maps", "compared", "faults" (each with "line", "field", "text", "mend"), "silent"`},
	{"doctor", show.Checkup{}, `"ok", "warnings", "failures", "accepted" (counts), "policyHash", and "findings" (each with "system", "check", "severity", "text", "why", "mend")`},
}

// Every field that the manual names is there, by that name.
func TestManual_NamesFieldsThatThereAre(t *testing.T) {
	for _, p := range printed {
		names := map[string]bool{}
		fieldNames(reflect.TypeOf(p.as), names, map[reflect.Type]bool{})
		for i, word := range strings.Split(p.fields, `"`) {
			if i%2 == 1 {
				require.True(t, names[word], "%s: there is no field %q", p.commands, word)
			}
		}
	}
}

// fieldNames collects the names of a type's fields in JSON, however deep.
func fieldNames(of reflect.Type, names map[string]bool, seen map[reflect.Type]bool) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || seen[of] {
		return
	}
	seen[of] = true
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names[name] = true
		fieldNames(of.Field(i).Type, names, seen)
	}
}

// Every command that prints says what it prints for programs.
func TestManual_SaysWhatEveryCommandPrintsForPrograms(t *testing.T) {
	said := ""
	for _, p := range printed {
		said += ", " + p.commands
	}
	said += ", serve, step retry, step done, step skip, "
	every((&app{getenv: func(string) string { return "" }}).root(), func(cmd *cobra.Command) {
		if name := strings.TrimPrefix(cmd.CommandPath(), "tenure "); !cmd.HasSubCommands() && name != "doctor" {
			require.Contains(t, said, ", "+name+", ")
		}
	})
}

func printedTable(b *strings.Builder) {
	b.WriteString(printedHelp + "| command | prints |\n| --- | --- |\n")
	for _, p := range printed {
		fmt.Fprintf(b, "| %s | %s |\n", p.commands, p.fields)
	}
	b.WriteString("\n")
}

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

// What is shown to whoever leaves the reason out is one of the command's own examples.
func TestReason_WhereItIsRequired_HasAnExample(t *testing.T) {
	asked := 0
	every((&app{getenv: func(string) string { return "" }}).root(), func(cmd *cobra.Command) {
		if f := cmd.Flags().Lookup("reason"); f != nil && strings.HasSuffix(f.Usage, "(required)") {
			asked++
			require.Contains(t, checkReason(cmd, true, " ").Error(), `for example --reason "`, cmd.CommandPath())
		}
	})
	require.Greater(t, asked, 5)
}
