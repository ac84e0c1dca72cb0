package slacksim

// tokenKind says which token a method wants.
type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	adminToken
	anyToken
)

// method is one Web API method.
type method struct {
	do      func(*Simulator, *call) (result, *refusal)
	tier    tier
	token   tokenKind
	scope   string
	direct  string // the scope in direct messages, where it is another
	changes bool
}

// methods are the Web API methods this stand-in knows, with scope and rate tier as Slack documents them. Scopes
// that depend on the kind of channel are those of private channels and of direct messages, which is where Tenure posts.
var methods = map[string]method{
	"auth.test":             {do: authTest, token: anyToken},
	"apps.connections.open": {do: appsConnectionsOpen, tier: tier3, token: appToken, changes: true},

	"chat.postMessage":   {do: chatPostMessage, tier: perPost, scope: "chat:write", changes: true},
	"chat.update":        {do: chatUpdate, tier: tier3, scope: "chat:write", changes: true},
	"chat.delete":        {do: chatDelete, tier: tier3, scope: "chat:write", changes: true},
	"chat.postEphemeral": {do: chatPostEphemeral, tier: tier4, scope: "chat:write", changes: true},
	"chat.getPermalink":  {do: chatGetPermalink},

	"conversations.history": {do: conversationsHistory, tier: tier3, scope: "groups:history", direct: "im:history"},
	"conversations.replies": {do: conversationsReplies, tier: tier3, scope: "groups:history", direct: "im:history"},
	"conversations.info":    {do: conversationsInfo, tier: tier3, scope: "groups:read", direct: "im:read"},
	"conversations.members": {do: conversationsMembers, tier: tier4, scope: "groups:read", direct: "im:read"},
	"conversations.open":    {do: conversationsOpen, tier: tier3, scope: "im:write", changes: true},
	"conversations.join":    {do: conversationsJoin, tier: tier3, scope: "channels:join", changes: true},
	"conversations.invite":  {do: conversationsInvite, tier: tier3, scope: "groups:write", changes: true},
	"conversations.kick":    {do: conversationsKick, tier: tier3, scope: "groups:write", changes: true},

	"users.lookupByEmail":   {do: usersLookupByEmail, tier: tier3, scope: "users:read.email"},
	"users.info":            {do: usersInfo, tier: tier4, scope: "users:read"},
	"users.list":            {do: usersList, tier: tier2, scope: "users:read"},
	"usergroups.list":       {do: usergroupsList, tier: tier2, scope: "usergroups:read"},
	"usergroups.users.list": {do: usergroupsUsersList, tier: tier2, scope: "usergroups:read"},

	"views.open":    {do: viewsOpen, tier: tier4, changes: true},
	"views.push":    {do: viewsPush, tier: tier4, changes: true},
	"views.update":  {do: viewsUpdate, tier: tier4, changes: true},
	"views.publish": {do: viewsPublish, tier: tier4, changes: true},

	"files.getUploadURLExternal":   {do: filesGetUploadURL, tier: tier4, scope: "files:write", changes: true},
	"files.completeUploadExternal": {do: filesCompleteUpload, tier: tier4, scope: "files:write", changes: true},
	"files.info":                   {do: filesInfo, tier: tier4, scope: "files:read", changes: true},

	"admin.users.session.list":  {do: adminSessionList, tier: tier2, token: adminToken},
	"admin.users.session.reset": {do: adminSessionReset, tier: tier2, token: adminToken, changes: true},
	"admin.users.remove":        {do: adminRemove, tier: tier2, token: adminToken, changes: true},
}

func authTest(s *Simulator, _ *call) (result, *refusal) {
	out := result{"url": s.workspace() + "/", "team": "Tenure stand-in", "team_id": TeamID, "user": "tenure",
		"user_id": BotUser, "bot_id": BotID, "is_enterprise_install": false}
	if s.Organisation != "" {
		out["enterprise_id"] = s.Organisation
	}
	return out, nil
}
