package temporal

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

// ports are where the parts listen. The inner ones are other ones at each start: the server is told about itself by
// static hosts, so nothing remembers them.
type ports struct {
	frontend, http, ui        int
	history, matching, worker int
	codec                     net.Listener
	historyM, matchM, workerM int
	frontendM                 int
}

// choosePorts takes the wanted ports and free ones for the rest. All are held open until all are chosen, so that no
// two parts get the same; then they are released for the server to bind. A fixed port that is taken is reported here,
// by its setting's name, for further on the server would end the process over it.
func choosePorts(cfg Config) (p ports, err error) {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for _, want := range []struct {
		setting string
		port    int
		into    *int
	}{
		{"FrontendPort", cfg.FrontendPort, &p.frontend}, {"HTTPPort", cfg.HTTPPort, &p.http}, {"UIPort", cfg.UIPort, &p.ui},
		{"", 0, &p.history}, {"", 0, &p.matching}, {"", 0, &p.worker},
		{"", 0, &p.frontendM}, {"", 0, &p.historyM}, {"", 0, &p.matchM}, {"", 0, &p.workerM},
	} {
		l, err := listen(want.setting, want.port)
		if err != nil {
			return p, err
		}
		held = append(held, l)
		*want.into = portOf(l)
	}
	if !cfg.Keys.Empty() {
		p.codec, err = listen("CodecPort", cfg.CodecPort)
	}
	return p, err
}

func listen(setting string, port int) (net.Listener, error) {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return nil, fmt.Errorf("temporal: %s %d: %w; stop what listens there or choose another port (0 takes a free one)", setting, port, err)
	}
	return l, nil
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
