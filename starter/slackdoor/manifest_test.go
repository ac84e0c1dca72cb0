package slackdoor_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"tenure/starter/slackdoor"
)

// manifest is what an app's manifest may hold, as far as ours does.
type manifest struct {
	Display struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
	} `yaml:"display_information"`
	Features struct {
		Bot struct {
			Name   string `yaml:"display_name"`
			Online bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Home struct {
			Home     bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		Commands []struct {
			Command      string `yaml:"command"`
			Description  string `yaml:"description"`
			Usage        string `yaml:"usage_hint"`
			ShouldEscape bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Interactivity struct {
			Enabled bool `yaml:"is_enabled"`
		} `yaml:"interactivity"`
		OrgDeploy bool `yaml:"org_deploy_enabled"`
		Socket    bool `yaml:"socket_mode_enabled"`
		Rotation  bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

func readManifest(t *testing.T) manifest {
	t.Helper()
	text, err := os.ReadFile("../../deploy/slack-manifest.yaml")
	require.NoError(t, err)
	var m manifest
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&m))
	return m
}

func TestManifest_IsOfSlacksForm(t *testing.T) {
	m := readManifest(t)
	require.LessOrEqual(t, len(m.Display.Name), 35)
	require.LessOrEqual(t, len(m.Display.Description), 140)
	require.True(t, m.Settings.Socket, "no inbound port by default")
	require.True(t, m.Settings.Interactivity.Enabled, "buttons and forms")
	require.True(t, m.Features.Home.Messages, "answers as direct messages")
	require.False(t, m.Settings.Rotation, "Tenure does not exchange tokens")
	for _, c := range m.Features.Commands {
		require.LessOrEqual(t, len(c.Command), 32)
		require.LessOrEqual(t, len(c.Usage), 1000)
		require.NotEmpty(t, c.Description)
	}
}

func TestManifest_DeclaresTheCommandsThatAreUnderstood(t *testing.T) {
	var declared []string
	for _, c := range readManifest(t).Features.Commands {
		declared = append(declared, c.Command)
	}
	require.ElementsMatch(t, slackdoor.Commands(), declared)
}

// scopes says which bot scopes each Web API method wants, in private channels and, where the app uses it there, in
// direct messages. Methods of other tokens and methods that want none are here with none.
var scopes = map[string]string{
	"apps.connections.open": "", "auth.test": "", "chat.getPermalink": "", "views.open": "",
	"chat.delete": "chat:write", "chat.postEphemeral": "chat:write", "chat.postMessage": "chat:write", "chat.update": "chat:write",
	"conversations.history": "groups:history im:history", "conversations.replies": "groups:history im:history", "conversations.open": "im:write",
	"conversations.info": "groups:read", "usergroups.list": "usergroups:read", "usergroups.users.list": "usergroups:read",
	"users.info": "users:read", "users.lookupByEmail": "users:read.email",
}

// calls are the Web API methods behind slack-go's.
var calls = map[string]string{
	"AuthTestContext": "auth.test", "DeleteMessageContext": "chat.delete", "GetConversationHistoryContext": "conversations.history",
	"GetConversationInfoContext": "conversations.info", "GetConversationRepliesContext": "conversations.replies",
	"GetPermalinkContext": "chat.getPermalink", "GetUserByEmailContext": "users.lookupByEmail", "GetUserGroupMembersContext": "usergroups.users.list",
	"GetUserGroupsContext": "usergroups.list", "OpenViewContext": "views.open", "OpenConversationContext": "conversations.open", "PostEphemeralContext": "chat.postEphemeral",
	"PostMessageContext": "chat.postMessage", "PostMessageWithResponseContext": "chat.postMessage", "StartSocketModeContext": "apps.connections.open",
	"UpdateMessageContext": "chat.update",
}

// The app asks for the scopes of the calls that the code makes, and for no other: a call that is new needs a new
// manifest, and each company must install the app again.
func TestManifest_AsksForTheScopesThatAreUsed(t *testing.T) {
	want := map[string]bool{"commands": true}
	for method, file := range methodsCalled(t, "../../activities/slack", ".") {
		scope, known := scopes[method]
		require.True(t, known, "%s calls %s: say in this test which scope that wants, and ask for it in the manifest", file, method)
		for _, s := range strings.Fields(scope) {
			want[s] = true
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), readManifest(t).OAuth.Scopes.Bot)
}

var methodName = regexp.MustCompile(`^(apps|auth|chat|conversations|files|usergroups|users|views)(\.[a-zA-Z]+)+$`)

// methodsCalled are the Web API methods that the code of some folders calls with the app's own tokens, and where.
func methodsCalled(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.Inspect(f, func(n ast.Node) bool {
				for _, method := range methodsOf(t, n) {
					found[method] = file
				}
				return true
			})
		}
	}
	require.GreaterOrEqual(t, len(found), 10, "this test does not see the calls")
	return found
}

// methodsOf are the methods that one piece of code names: a call of slack-go's on a field api, or a name in quotes.
func methodsOf(t *testing.T, n ast.Node) []string {
	t.Helper()
	switch n := n.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(n.Value); err == nil && methodName.MatchString(text) {
			return []string{text}
		}
	case *ast.CallExpr:
		call, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		if on, ok := call.X.(*ast.SelectorExpr); ok && on.Sel.Name == "api" {
			method, known := calls[call.Sel.Name]
			require.True(t, known, "slack-go's %s is called: say in this test which Web API method that is", call.Sel.Name)
			return []string{method}
		}
	}
	return nil
}

// `tenure doctor` looks for the same scopes.
func TestManifest_DoctorLooksForItsScopes(t *testing.T) {
	text, err := os.ReadFile("../../activities/slack/examine.go")
	require.NoError(t, err)
	for _, scope := range readManifest(t).OAuth.Scopes.Bot {
		require.Contains(t, string(text), strconv.Quote(scope))
	}
}
