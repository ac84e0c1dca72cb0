package kit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const maxLoggedBody = 64 << 10

// Wrap puts faults, latency and the call log of system around a stand-in's own handler.
func (k *Kit) Wrap(system string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := Call{At: k.Now(), System: system, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
		call.Body = k.peekBody(r)
		fault := k.take(r)
		k.pause(r, fault)
		rec := &recorder{ResponseWriter: w}
		drop := k.answer(rec, r, next, fault, &call)
		call.Status = rec.code()
		if drop {
			call.Status = 0
		}
		k.log(call)
		if drop {
			cut(w)
			return
		}
		rec.flush()
	})
}

// answer handles the call, spoiled or not, and says whether the connection is to be cut instead of answered.
func (k *Kit) answer(rec *recorder, r *http.Request, next http.Handler, fault *Fault, call *Call) (drop bool) {
	if fault == nil {
		next.ServeHTTP(rec, r)
		return false
	}
	switch {
	case fault.Drop == DropBefore:
		call.Fault = "dropped before the effect"
		return true
	case fault.Drop == DropAfter:
		call.Fault = "dropped after the effect"
		next.ServeHTTP(rec, r)
		return true
	case fault.Throttle:
		call.Fault = "throttled"
		k.throttle(rec, r)
	case fault.Status != 0:
		call.Fault = "answered without effect"
		k.writeFault(rec, fault)
	default:
		next.ServeHTTP(rec, r)
	}
	return false
}

func (k *Kit) pause(r *http.Request, fault *Fault) {
	d := k.Latency
	if fault != nil {
		d += fault.Delay
	}
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

func (k *Kit) throttle(w http.ResponseWriter, r *http.Request) {
	if k.ThrottleAnswer != nil {
		k.ThrottleAnswer(w, r)
		return
	}
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusTooManyRequests)
}

func (k *Kit) writeFault(w http.ResponseWriter, f *Fault) {
	body, contentType := f.Body, "application/json"
	if body == "" && k.FaultBody != nil {
		body, contentType = k.FaultBody(f.Status)
	}
	if body != "" {
		w.Header().Set("Content-Type", contentType)
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, body)
}

// peekBody reads a small text body for the log and puts it back.
func (k *Kit) peekBody(r *http.Request) string {
	ct := r.Header.Get("Content-Type")
	if r.Body == nil || !strings.Contains(ct, "json") && !strings.Contains(ct, "form-urlencoded") {
		return ""
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxLoggedBody+1))
	if err != nil || len(b) > maxLoggedBody {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(b), r.Body), r.Body}
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	if k.Redact != nil {
		return k.Redact(r.URL.Path, string(b))
	}
	return string(b)
}

func (k *Kit) log(c Call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, c)
	if k.logTo == nil {
		return
	}
	line, err := json.Marshal(c)
	if err == nil {
		_, _ = k.logTo.Write(append(line, '\n'))
	}
}

// OpenLog reads the calls of earlier processes from Dir and appends later ones to the same file. Without Dir it
// does nothing. A half-written last line (a process killed while writing) is passed over.
func (k *Kit) OpenLog(system string) error {
	if k.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(k.Dir, system+"-calls.jsonl"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 8*maxLoggedBody) // JSON writes some bytes of a body as six
	for lines.Scan() {
		var c Call
		if json.Unmarshal(lines.Bytes(), &c) == nil {
			k.calls = append(k.calls, c)
		}
	}
	// A newline first, so that a half-written line does not swallow the next call.
	if _, err := f.WriteString("\n"); err != nil {
		return err
	}
	k.logTo = f
	return lines.Err()
}

func cut(w http.ResponseWriter) {
	hj, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hj.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close()
}

// recorder holds an answer back until it is known whether the connection is to be cut. A handler that takes the
// connection over (a WebSocket) gets it as it is.
type recorder struct {
	http.ResponseWriter
	status   int
	body     bytes.Buffer
	hijacked bool
}

func (r *recorder) WriteHeader(code int) {
	if r.status == 0 {
		r.status = code
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.hijacked = true
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

func (r *recorder) code() int {
	if r.hijacked {
		return http.StatusSwitchingProtocols
	}
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

func (r *recorder) flush() {
	if r.hijacked {
		return
	}
	r.ResponseWriter.WriteHeader(r.code())
	_, _ = r.ResponseWriter.Write(r.body.Bytes())
}
