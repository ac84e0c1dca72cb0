package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs are built once for all tests of one run, into a folder that TestMain removes.
var programs struct {
	dir   string
	build map[string]func() (string, error)
}

// abreast is how many tests run at once: most of them wait for a program, and not for a core.
const abreast = "3"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", abreast); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	dir, err := os.MkdirTemp("", "tenure-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs.dir = dir
	programs.build = map[string]func() (string, error){
		"standalone": sync.OnceValues(func() (string, error) { return goBuild("standalone") }),
		"starter":    sync.OnceValues(func() (string, error) { return goBuild("starter") }),
		"workers":    sync.OnceValues(func() (string, error) { return goBuild("workers") }),
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func goBuild(pkg string) (string, error) {
	to := filepath.Join(programs.dir, pkg)
	out, err := exec.Command("go", "build", "-o", to, "tenure/"+pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return to, nil
}

// program is the path of a built program.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := programs.build[name]()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// whole skips what runs whole programs when only short tests are wanted.
func whole(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs whole programs; not with -short")
	}
}

// process is one running program in a process group of its own.
type process struct {
	cmd      *exec.Cmd
	out, err *text
	done     chan struct{}
	code     int // once done
}

// launch starts a program. It ends with the test, whatever happens.
func launch(t *testing.T, path string, args ...string) *process {
	t.Helper()
	return launchWith(t, nil, path, args...)
}

// launchWith starts a program with settings in its environment.
func launchWith(t *testing.T, settings []string, path string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, args...), out: &text{}, err: &text{}, done: make(chan struct{})}
	p.cmd.Env = append(bareEnv(), settings...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := p.cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			p.code = exit.ExitCode() // -1 when killed
		} else if err != nil {
			p.code = -1
		}
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

// bareEnv is the environment without what would steer our programs.
func bareEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TENURE_") && !strings.HasPrefix(v, "TEMPORAL_") {
			env = append(env, v)
		}
	}
	return env
}

// kill ends the process group as a power cut does, and waits until it is gone.
func (p *process) kill() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// interrupt is Ctrl-C. It returns the exit code.
func (p *process) interrupt(t *testing.T) int {
	t.Helper()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT)
	return p.wait(t, time.Minute)
}

// wait waits for the end and returns the exit code.
func (p *process) wait(t *testing.T, patience time.Duration) int {
	t.Helper()
	select {
	case <-p.done:
		return p.code
	case <-time.After(patience):
		t.Fatalf("%s has not ended after %s; it said:\n%s%s", filepath.Base(p.cmd.Path), patience, p.err, p.out)
		return -1
	}
}

// says waits until the program has printed something on standard error.
func (p *process) says(t *testing.T, what string, patience time.Duration) {
	t.Helper()
	eventually(t, patience, "the program says "+what, func() error {
		if strings.Contains(p.err.String(), what) {
			return nil
		}
		select {
		case <-p.done:
			t.Fatalf("ended with %d before it said %q:\n%s", p.code, what, p.err)
		default:
		}
		return errors.New(p.err.String())
	})
}

// text is a buffer that can be read while it is written.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(b)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// eventually asks again and again until there is no error, or fails with the last one.
func eventually(t *testing.T, patience time.Duration, what string, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s: %v", what, patience, err)
		}
		<-tick.C
	}
}

// soon is a context for one request.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
