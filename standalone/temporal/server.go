package temporal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"

	"tenure/internal/temporalclient"
)

// lockFile marks a folder as in use.
const lockFile = "in-use.lock"

// readyWithin bounds a start. It takes about half a second; a loaded test machine may take much longer.
const readyWithin = 60 * time.Second

// Server is a running Temporal server with its Web UI.
type Server struct {
	cfg    Config
	ports  ports
	server temporal.Server
	ui     *uiserver.Server
	codec  *http.Server
	lock   *os.File

	stopOnce sync.Once
	stopErr  error
}

// Start brings the server up on the folder's data and returns when it answers. It goes on where the last process on
// that folder stopped, however that one ended. ctx bounds the start only; end the server with [Server.Stop].
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fmt.Errorf("temporal: folder: %w", err)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("temporal: folder: %w; give a folder this user may write", err)
	}
	lock, err := Lock(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	s := &Server{cfg: cfg, lock: lock}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err = ensureDatabase(s.cfg); err != nil {
		return err
	}
	if s.ports, err = choosePorts(s.cfg); err != nil {
		return err
	}
	if err = s.startServer(); err != nil {
		return fmt.Errorf("temporal: start server: %w", err)
	}
	if err = s.prepare(ctx); err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	if err = s.startCodec(); err != nil {
		return fmt.Errorf("temporal: codec endpoint: %w", err)
	}
	s.startUI()
	if err = waitFor(ctx, s.UIURL()+"/healthz"); err != nil {
		return fmt.Errorf("temporal: Web UI: %w", err)
	}
	return nil
}

func (s *Server) startServer() error {
	log := newLogger(s.cfg.Logger)
	server, err := temporal.NewServer(
		temporal.WithConfig(serverConfig(s.cfg, s.ports)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(s.ports)),
		temporal.WithLogger(log),
		temporal.WithDynamicConfigClient(settings()),
		// Whoever reaches a loopback port may act: the machine is the border.
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
	)
	if err != nil {
		return err
	}
	s.server = server
	return server.Start()
}

// prepare waits for the frontend and adds what an older file's namespace lacks.
func (s *Server) prepare(ctx context.Context) error {
	c, err := temporalclient.Dial(ctx, temporalclient.Options{Address: s.Address(), Namespace: s.cfg.Namespace, Identity: "tenure-setup"})
	if err != nil {
		return err
	}
	defer c.Close()
	return s.retryPrepare(ctx, c)
}

func (s *Server) retryPrepare(ctx context.Context, c client.Client) error {
	return until(ctx, func() error {
		return temporalclient.Prepare(ctx, c, s.cfg.Namespace, s.cfg.Retention)
	})
}

func (s *Server) startCodec() error {
	if s.ports.codec == nil {
		return nil
	}
	ui := fmt.Sprintf(":%d", s.ports.ui)
	handler, err := temporalclient.NewCodec(s.cfg.Keys).CodecHandler("http://"+loopback+ui, "http://localhost"+ui)
	if err != nil {
		return err
	}
	s.codec = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.codec.Serve(s.ports.codec) }()
	return nil
}

func (s *Server) startUI() {
	s.ui = uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: s.Address(),
		Host:                loopback,
		Port:                s.ports.ui,
		EnableUI:            true,
		DefaultNamespace:    s.cfg.Namespace,
		Codec:               uiconfig.Codec{Endpoint: s.CodecURL()},
		CORS:                uiconfig.CORS{CookieInsecure: true}, // loopback is plain HTTP
		HideLogs:            true,
		DisableNewsFetch:    true,
	}))
	go func() { _ = s.ui.Start() }()
}

// Address is the frontend's host:port.
func (s *Server) Address() string { return address(s.ports.frontend) }

// Namespace is the namespace that was made ready.
func (s *Server) Namespace() string { return s.cfg.Namespace }

// UIURL is the Web UI's address.
func (s *Server) UIURL() string { return "http://" + address(s.ports.ui) }

// HTTPURL is the address of Temporal's HTTP API.
func (s *Server) HTTPURL() string { return "http://" + address(s.ports.http) }

// CodecURL is the codec endpoint for `temporal --codec-endpoint`; empty without keys.
func (s *Server) CodecURL() string {
	if s.ports.codec == nil {
		return ""
	}
	return "http://" + address(portOf(s.ports.codec))
}

// WorkflowURL is the page of one workflow in the Web UI.
func (s *Server) WorkflowURL(workflowID string) string {
	return s.UIURL() + "/namespaces/" + url.PathEscape(s.cfg.Namespace) + "/workflows/" + url.PathEscape(workflowID)
}

// Stop ends the Web UI, the codec endpoint and the server, and releases the folder. Stop workers and close clients
// first. It may be called again.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() { s.stopErr = s.stop() })
	return s.stopErr
}

func (s *Server) stop() error {
	var errs []error
	if s.ui != nil {
		s.ui.Stop()
	}
	switch {
	case s.codec != nil:
		errs = append(errs, s.codec.Close())
	case s.ports.codec != nil:
		errs = append(errs, s.ports.codec.Close())
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}

func waitFor(ctx context.Context, address string) error {
	probe := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, DisableKeepAlives: true}} // no proxy: the address is loopback
	return until(ctx, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := probe.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", address, resp.Status)
		}
		return nil
	})
}

// until repeats f until it succeeds or ctx ends, and then says what f said last.
func until(ctx context.Context, f func() error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
}
