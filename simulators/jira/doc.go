// Package jirasim is a wire-level stand-in for Jira, Cloud and Data Center: projects and issue types, issues with
// entity properties, labels and sub-tasks, workflows whose transitions have screens, comments with properties,
// remote links, attachments, watchers, both searches with their index delay, rate limits and signed webhooks.
//
// It speaks REST version 2 with wiki markup; of version 3 it serves the searches and serverInfo only, because
// version 3 wants Atlassian Document Format, which nobody here sends.
//
// The zero value is a Jira Cloud site with one project ([DefaultProject]), its index three seconds behind, open to
// [DefaultEmail] with [DefaultToken]:
//
//	var sim jirasim.Simulator
//	srv := httptest.NewServer(&sim)
//
// Nothing in it sleeps: index lag and webhook delays are read off the clock (Kit.Clock).
package jirasim
