package arch

import "strings"

// module is the prefix of our own import paths.
const module = "tenure"

// door says which of our own packages one part of the house may import. What is not named is shut. A pattern ending
// in /... means the folder and all below it; one ending in /* means what lies below the folder. All paths are
// relative to the module.
type door struct {
	name string // the depguard rule of the same name in .golangci.yml says the same
	of   string
	may  []string
	// tests names what the part's tests may import besides. A test may always import its own package.
	tests []string
}

// doors is the table of the design, most particular first: the first door that fits a package is its door.
var doors = []door{
	{name: "employee", of: "internal/employee"},
	{name: "role", of: "internal/role", may: []string{"internal/employee"}},
	// What a policy's mapping says is worked out in one place, which knows HR's vocabulary and CEL and nothing else.
	{name: "mapping", of: "internal/mapping", may: []string{"internal/employee", "internal/nearest", "internal/role"}},
	{name: "nearest", of: "internal/nearest"},
	{name: "policy", of: "internal/policy", may: []string{"internal/employee", "internal/mapping", "internal/nearest"}},
	{name: "plan", of: "internal/plan", may: []string{"internal/employee", "internal/policy"}},
	{name: "guard", of: "internal/guard", may: []string{"internal/employee", "internal/policy"}},
	{name: "pin", of: "internal/pin"},
	{name: "evidence", of: "internal/evidence", may: []string{"internal/employee", "internal/plan"}},
	{name: "store", of: "internal/store",
		may:   []string{"internal/employee", "internal/evidence", "internal/pin", "internal/role"},
		tests: []string{"internal/guard", "internal/policy", "internal/plan", "internal/store/storetest"}},
	{name: "storetest", of: "internal/store/storetest"},
	{name: "vendorhttp", of: "internal/vendorhttp"},
	{name: "temporalclient", of: "internal/temporalclient"},
	{name: "connections", of: "internal/connections"},
	{name: "arch", of: "internal/arch"},

	{name: "activities", of: "activities", may: []string{"internal/employee", "internal/plan", "internal/role"}},
	// The case's own activities: the plan is built where the policy and the clock are, outside the workflow.
	{name: "casefile", of: "activities/casefile",
		may:   []string{"activities", "internal/employee", "internal/evidence", "internal/mapping", "internal/plan", "internal/policy", "internal/role", "internal/store"},
		tests: []string{"activities/examinetest", "internal/guard"}},
	{name: "examinetest", of: "activities/examinetest", may: []string{"activities"}},
	// A vendor's package knows the contract and its vendor, never another vendor.
	{name: "systems", of: "activities/*",
		may:   []string{"activities", "internal/employee", "internal/pin", "internal/plan", "internal/role", "internal/vendorhttp"},
		tests: []string{"activities/examinetest", "simulators/..."}},
	{name: "workflows", of: "workflows",
		may: []string{"activities", "internal/employee", "internal/plan", "internal/role"},
		// A process is tested with its real activities against the stand-ins, in the SDK's own environment.
		tests: []string{"internal/...", "policies", "activities/...", "workers/...", "starter/show", "starter/webhooks", "simulators/..."}},

	{name: "policies", of: "policies", tests: []string{"internal/employee", "internal/mapping", "internal/plan", "internal/policy", "internal/role"}},

	// The front doors speak to workflows, whose messages carry the contract's types; they call no vendor.
	{name: "starter", of: "starter/...",
		may: []string{"starter/...", "activities", "workflows", "policies", "internal/connections", "internal/employee", "internal/evidence", "internal/mapping", "internal/plan",
			"internal/policy", "internal/role", "internal/store", "internal/temporalclient"},
		tests: []string{"simulators/...", "standalone/..."}},
	{name: "workers", of: "workers/...",
		may:   []string{"workers/...", "activities/...", "workflows", "policies", "internal/..."},
		tests: []string{"simulators/...", "standalone/..."}},

	{name: "console", of: "simulators/console", may: []string{"simulators/..."}},
	{name: "world", of: "simulators/world", may: []string{"simulators/..."}},
	{name: "kit", of: "simulators/kit"},
	// A stand-in shares no type with the code it is to catch out: a wrong field name must not agree with itself.
	{name: "simulators", of: "simulators/*", may: []string{"simulators/kit"}},

	{name: "deploy", of: "deploy", tests: []string{"internal/connections", "internal/store", "internal/store/storetest", "internal/temporalclient", "workers/fleet"}},
	{name: "healthz", of: "deploy/healthz"},

	{name: "everything", of: "standalone/...", may: []string{"..."}},
	{name: "everything", of: "e2e/...", may: []string{"..."}},
	{name: "everything", of: "bench/...", may: []string{"..."}},
}

// doorOf finds the door of a package, given by its path relative to the module.
func doorOf(pkg string) (door, bool) {
	for _, d := range doors {
		if matches(d.of, pkg) {
			return d, true
		}
	}
	return door{}, false
}

func (d door) allows(from, to string, test bool) bool {
	if test && (to == from || matchesAny(d.tests, to)) {
		return true
	}
	return matchesAny(d.may, to)
}

func matchesAny(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if matches(p, pkg) {
			return true
		}
	}
	return false
}

func matches(pattern, pkg string) bool {
	if pattern == "..." || pattern == pkg {
		return true
	}
	if dir, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == dir || strings.HasPrefix(pkg, dir+"/")
	}
	if dir, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(pkg, dir+"/")
	}
	return false
}

// under says whether an import is what the prefix names.
func under(prefix, importPath string) bool {
	if exact, ok := strings.CutSuffix(prefix, "$"); ok {
		return importPath == exact
	}
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}

// ours turns an import path into a path relative to the module.
func ours(importPath string) (string, bool) { return strings.CutPrefix(importPath, module+"/") }

// shut are imports from outside that a part must do without, tests excepted: import paths and all below them, or with
// a $ at the end that path alone.
var shut = []struct {
	of      string
	imports []string
	why     string
}{
	{"workflows", []string{"net$", "net/http", "os$", "math/rand", "crypto/rand", "database/sql", "log$", "github.com/google/uuid",
		"go.temporal.io/sdk/client", "go.temporal.io/sdk/activity"},
		"a workflow is replayed: what is not the same the second time enters by its input or by an activity"},
	{"internal/role", []string{"net/http", "os$", "go.temporal.io", "database/sql", "github.com/google/cel-go"}, "it is data, which workflows hold too"},
	{"internal/mapping", []string{"net/http", "os$", "go.temporal.io", "database/sql"}, "what a role gives is a pure function of HR's record and the policy"},
	{"internal/policy", []string{"net/http", "go.temporal.io", "database/sql"}, "the policy is read without Temporal or the net"},
	{"internal/guard", []string{"net/http", "os$", "go.temporal.io", "database/sql", "math/rand"}, "a judgement is a pure function of its input"},
	{"internal/plan", []string{"net/http", "os$", "go.temporal.io", "database/sql", "math/rand"}, "a plan is a pure function of its input"},
	{"internal/store", []string{"go.temporal.io", "net/http"}, "the store is called by activities and knows nothing of them"},
	{"simulators/...", []string{"go.temporal.io"}, "a stand-in stands on the wire"},
}
