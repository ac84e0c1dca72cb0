package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tenure/activities"
)

// TestTemporalPage opens a case in Temporal's Web UI, as people at the UI do: what is encrypted in the database is
// readable there, through the codec endpoint. With TENURE_SHOTS it leaves pictures in that folder.
func TestTemporalPage(t *testing.T) {
	whole(t)
	t.Parallel()
	ctx := browser(t)
	h := open(t, fastPolicy(t, time.Hour))
	id := h.leave(t)
	v := h.awaitCase(t, id, "in lease, contained", func(v activities.CaseView) bool { return v.Phase == "lease" && !v.ContainedAt.IsZero() })

	ctx.visit(t, v.WorkflowURL) // the link on card and ticket
	ctx.sees(t, "timeline", id, "HR made the person inactive")
	run := v.WorkflowURL + "/" + v.Run
	ctx.visit(t, run+"/user-metadata")
	ctx.sees(t, "details", "Offboard of "+string(v.Employee), "Contained and verified", "google.delegate", "DEPROVISIONED", "read back")
	ctx.visit(t, run+"/search-attributes")
	ctx.sees(t, "attributes", "EmployeeID", string(v.Employee), "Phase", "lease", "BlockedOn", "Urgency", "EffectiveAt")
}

// tab is a page of a headless Chromium.
type tab struct{ context.Context }

func browser(t *testing.T) tab {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			binary = found
			break
		}
	}
	if binary == "" {
		t.Skip("no Chromium in PATH: Temporal's page is not looked at")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1500, 1100),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-first-run", true))
	ctx, stop := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopBrowser)
	ctx, stopTab := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // events newer than the library
	t.Cleanup(stopTab)
	return tab{ctx}
}

func (p tab) visit(t *testing.T, url string) {
	t.Helper()
	if err := chromedp.Do(p.Context, chromedp.Navigate(url)); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

// shown is the text of the page. Temporal renders Markdown in frames of their own, whose text is in their address.
const shown = `[document.body.textContent, ...[...document.querySelectorAll("iframe")].map(f => f.outerHTML + (f.contentDocument?.body?.textContent ?? ""))].join("\n")`

// sees waits until the page shows every one of these words.
func (p tab) sees(t *testing.T, name string, words ...string) {
	t.Helper()
	defer p.shoot(t, name)
	for _, w := range words {
		ctx, stop := context.WithTimeout(p.Context, 30*time.Second)
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(`%s.includes(%q)`, shown, w)))
		stop()
		if err != nil {
			text, _ := chromedp.Run(p.Context, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText + "\n" + `+shown))
			t.Errorf("%s does not show %q (%v):\n%s", name, w, err, text)
			return
		}
	}
}

func (p tab) shoot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("TENURE_SHOTS")
	if dir == "" {
		return
	}
	_, _ = chromedp.Run(p.Context, chromedp.Evaluate[string](`new Promise(done => setTimeout(() => done(""), 1500))`))
	picture, err := chromedp.Run(p.Context, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		t.Log(name, err)
	}
}
