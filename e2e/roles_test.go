package e2e

import (
	"strings"
	"testing"
	"time"
)

// The scenes of `make demo SCENE=...`, as the program itself plays and judges them: it ends with 0 only when the case is
// completed, every critical step is proved, and what the vendors show, read from the stand-ins, is what HR says.
func TestScenes(t *testing.T) {
	whole(t)
	t.Parallel()
	for scene, want := range map[string]struct{ process, step string }{
		"join":   {"Onboard", "okta.open"},
		"move":   {"Move", "okta.quit"},
		"leave":  {"Leave", "okta.resume"},
		"rehire": {"Onboard", "identity.rehire"},
	} {
		t.Run(scene, func(t *testing.T) {
			t.Parallel()
			p := launch(t, program(t, "standalone"), simulate(t.TempDir(), fastPolicy(t, time.Second), "--scene", scene, "--once", "--json", "--watch-every", "1s")...)
			if code := p.wait(t, 150*time.Second); code != 0 {
				t.Fatalf("exit %d\n%s", code, p.err)
			}
			if said := p.err.String(); !strings.Contains(said, "✓") || strings.Contains(said, "✗") {
				t.Errorf("facts: %s", said)
			}
			v := decode(t, p.out.String())
			proved := false
			for _, s := range v.Steps {
				proved = proved || string(s.ID) == want.step && s.State.Proved()
			}
			if v.Process != want.process || !proved {
				t.Errorf("%s of %d steps, %s proved %v", v.Process, len(v.Steps), want.step, proved)
			}
		})
	}
}
