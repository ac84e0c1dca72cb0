package temporal

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenure/internal/temporalclient"
)

// Synchronous is when SQLite waits for the disk. The values are those of SQLite's PRAGMA synchronous.
type Synchronous int

// The choices; the zero value is Full.
const (
	// Full waits at every commit: nothing acknowledged is lost, not even to a power cut.
	Full Synchronous = 2
	// Normal waits at checkpoints: faster; a power cut (not a crash of the process) may lose the last moments.
	Normal Synchronous = 1
)

// Config says where the server keeps its data and where it listens. Only Dir is required.
type Config struct {
	// Dir is the folder of temporal.db; it is made when missing.
	Dir string
	// Namespace is made when missing; empty is "default".
	Namespace string
	// Retention is how long closed cases stay readable; zero is temporalclient.Retention. At least a day.
	Retention time.Duration
	// FrontendPort (gRPC), HTTPPort (Temporal's HTTP API), UIPort and CodecPort are bound on 127.0.0.1; zero takes a
	// free port, another one at each start.
	FrontendPort, HTTPPort, UIPort, CodecPort int
	// Keys are offered to the Web UI and to `temporal --codec-endpoint` through the codec endpoint, so that people at
	// this machine see what is encrypted. Without keys there is no such endpoint.
	Keys temporalclient.Keyring
	// Synchronous is Full unless set.
	Synchronous Synchronous
	// Logger receives the server's own lines; nil keeps errors only, on slog.Default().
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("temporal: Dir is empty; give the folder in which temporal.db is kept")
	}
	if c.Namespace == "" {
		c.Namespace = "default"
	}
	if c.Retention == 0 {
		c.Retention = temporalclient.Retention
	}
	if c.Retention < 24*time.Hour {
		return c, fmt.Errorf("temporal: Retention %s is too short; the server keeps closed cases for at least 24h", c.Retention)
	}
	if c.Synchronous == 0 {
		c.Synchronous = Full
	}
	if c.Synchronous != Full && c.Synchronous != Normal {
		return c, fmt.Errorf("temporal: Synchronous %d is unknown; use Full (2) or Normal (1)", c.Synchronous)
	}
	return c, nil
}
