package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
)

// The README is where people look first: it names every command, every setting and every exit code there is.
func TestReadme_IsWhole(t *testing.T) {
	body, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	readme := string(body)
	every((&app{getenv: func(string) string { return "" }}).root(), func(cmd *cobra.Command) {
		if !cmd.HasSubCommands() {
			require.True(t, strings.Contains(readme, "`"+cmd.CommandPath()), "the README does not name %s", cmd.CommandPath())
		}
	})
	for _, setting := range []string{EnvStore, EnvPolicy, "TENURE_DATA", EnvConnections, EnvListen, store.EnvPassword, store.EnvPasswordFile, "TENURE_STORE_KEY_FILE", "TENURE_PAYLOAD_KEYS"} {
		require.Contains(t, readme, "`"+setting+"`")
	}
	for _, line := range strings.Split(rootHelp[strings.Index(rootHelp, "Exit codes:"):], "\n")[1:] {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), "  ")
		require.Contains(t, readme, fmt.Sprintf("| %s | %s |", code, meaning))
	}
}

// What the README links to is there.
func TestReadme_LinksLeadSomewhere(t *testing.T) {
	for _, file := range []string{"README.md", "docs/architecture.md", "docs/cli.md", "docs/doctor.md", "docs/evidence.md", "docs/mapping.md", "docs/slack.md", "docs/webhooks.md"} {
		body, err := os.ReadFile("../../" + file)
		require.NoError(t, err)
		dir := ""
		if i := strings.LastIndex(file, "/"); i >= 0 {
			dir = file[:i+1]
		}
		for _, part := range strings.Split(string(body), "](")[1:] {
			target, _, _ := strings.Cut(part, ")")
			if strings.Contains(target, "://") {
				continue
			}
			_, err := os.Stat("../../" + dir + target)
			require.NoError(t, err, "%s links to %s", file, target)
		}
	}
}
