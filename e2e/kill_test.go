package e2e

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var killSeed = flag.Uint64("seed", 0, "seed of the moments at which TestKill9 kills; 0 takes another one each time")

// kills is how often the process is killed before it is left alone.
const kills = 4

// TestKill9 kills the demonstration at random moments and starts it again on the same folder, until it has ended:
// with nothing lost, and nothing done twice. Some moments are instants, some are vendor calls, after which the
// process dies while the answer is on its way.
func TestKill9(t *testing.T) {
	whole(t)
	t.Parallel()
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("to kill at these moments again: -run TestKill9 -seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 9))
	data, policy := t.TempDir(), fastPolicy(t, 200*time.Millisecond)
	args := simulate(data, policy, "--once", "--json")
	for range kills {
		p := launch(t, program(t, "standalone"), args...)
		when := moment(t, random, data, p)
		select {
		case <-p.done:
			t.Logf("ended with %d before it was to be killed %s", p.code, when)
			if p.code != 0 {
				t.Fatalf("%s", p.err)
			}
		default:
			t.Logf("killed %s", when)
		}
		p.kill()
	}
	p := launch(t, program(t, "standalone"), args...)
	if code := p.wait(t, 4*time.Minute); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, p.err, p.out)
	}
	inspect(t, data, decode(t, p.out.String()))
}

// moment waits for a random one: an instant of the start, an instant of the work, or the n-th vendor call from now on.
func moment(t *testing.T, random *rand.Rand, data string, p *process) string {
	t.Helper()
	switch random.IntN(4) {
	case 0:
		return "while starting, " + live(p, random, 4*time.Second)
	case 1:
		p.says(t, "Tenure is up", startUp)
		return "while up, " + live(p, random, 8*time.Second)
	default:
		calls, from := 1+random.IntN(60), len(calls(t, data))
		return awaitCall(t, data, p, from+calls)
	}
}

// live lets a process live for a random while.
func live(p *process, random *rand.Rand, most time.Duration) string {
	life := time.Duration(random.Int64N(int64(most)))
	select {
	case <-p.done:
	case <-time.After(life):
	}
	return "after " + life.Round(time.Millisecond).String()
}

// awaitCall waits until so many calls stand in the logs, and says which one was the last. A process that makes no
// more of them ends the wait too.
func awaitCall(t *testing.T, data string, p *process, n int) string {
	t.Helper()
	patience := time.After(15 * time.Second)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-p.done:
			return "after a call that never came"
		case <-patience:
			return "after waiting in vain for call " + strconv.Itoa(n)
		case <-look.C:
			if seen := calls(t, data); len(seen) >= n {
				return "after call " + strconv.Itoa(n) + ": " + seen[len(seen)-1]
			}
		}
	}
}

// calls lists the vendors' logged calls, by vendor. Namely's are left out: it is only ever read.
func calls(t *testing.T, data string) []string {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(data, "vendors", "*", "*-calls.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range logs {
		if strings.HasPrefix(filepath.Base(path), "namely") {
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			continue // made anew this moment
		}
		for line := range strings.Lines(string(body)) {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line[:min(160, len(line))])
			}
		}
	}
	slices.Sort(all) // a line begins with its time
	return all
}
