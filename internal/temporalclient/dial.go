package temporalclient

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// Options say how to reach Temporal and what travels there. The zero value dials what the environment names.
type Options struct {
	// Address (host:port) and Namespace win over the environment when set. With an Address the environment and
	// Temporal's configuration file are not read at all: the embedded server's client must not pick up a shell's
	// TEMPORAL_ADDRESS, API key or certificates meant for another cluster.
	Address, Namespace string
	// Identity names this process in histories; empty is the SDK's pid@host. Give something that says which
	// program it is, and no person's name.
	Identity string
	// Keys encrypt payloads; the zero Keyring leaves them readable (see [KeyringFromEnv]).
	Keys Keyring
	// Logger receives the SDK's lines, reduced to ids by [IDsOnly]; nil is slog.Default().
	Logger *slog.Logger
	// Metrics receives the SDK's metrics; nil drops them (see [NewMetrics]).
	Metrics client.MetricsHandler
	// Interceptors are handed to the client (tracing, for one).
	Interceptors []interceptor.ClientInterceptor
	// Env is where settings come from; nil is the process's environment.
	Env envconfig.EnvLookup
}

// Dial connects, checking that the server answers. Settings are those of every Temporal tool: TEMPORAL_ADDRESS,
// TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS, TEMPORAL_TLS_CLIENT_CERT_PATH and so on, or a profile
// (TEMPORAL_PROFILE) of temporal.toml (TEMPORAL_CONFIG_FILE).
func Dial(ctx context.Context, o Options) (client.Client, error) {
	options, err := ClientOptions(o)
	if err != nil {
		return nil, err
	}
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("temporal at %s: no answer: %w; start it, or set TEMPORAL_ADDRESS to its frontend as host:port",
			options.HostPort, err)
	}
	return c, nil
}

// DialLazily is [Dial] without waiting for an answer: the connection is made, and made again, when it is needed. It is for
// programs that must serve others while Temporal is away.
func DialLazily(o Options) (client.Client, error) {
	options, err := ClientOptions(o)
	if err != nil {
		return nil, err
	}
	return client.NewLazyClient(options)
}

// ClientOptions is what [Dial] hands to the SDK, for those who connect lazily or in a test.
func ClientOptions(o Options) (client.Options, error) {
	options, err := connection(o)
	if err != nil {
		return client.Options{}, err
	}
	if o.Namespace != "" {
		options.Namespace = o.Namespace
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	options.Identity = o.Identity
	options.Logger = SDKLogger(o.Logger)
	options.MetricsHandler = o.Metrics
	options.Interceptors = o.Interceptors
	options.DataConverter, options.FailureConverter = Converters(o.Keys)
	return options, nil
}

func connection(o Options) (client.Options, error) {
	if o.Address != "" {
		return client.Options{HostPort: o.Address}, nil
	}
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: o.Env})
	if err == nil {
		return options, nil
	}
	// A file error names the path; a certificate or a key is never quoted by it.
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return client.Options{}, fmt.Errorf("temporal settings: cannot read %s: %w; correct the TEMPORAL_* variable or the profile that names it", path.Path, path.Err)
	}
	return client.Options{}, fmt.Errorf("temporal settings: %w; see the TEMPORAL_* variables and the profile of temporal.toml", err)
}

// Converters returns the data and failure converters of a keyring. Every client and worker of one namespace must use
// the same: a worker without the key cannot read the history it replays.
func Converters(keys Keyring) (converter.DataConverter, converter.FailureConverter) {
	data := converter.GetDefaultDataConverter()
	if keys.Empty() {
		return data, temporal.GetDefaultFailureConverter()
	}
	data = converter.NewCodecDataConverter(data, NewCodec(keys))
	return data, temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: data,
		// A failure's text may quote an address; it is encrypted with the rest. Its Type() stays readable.
		EncodeCommonAttributes: true,
	})
}

// EnvFrom makes an [Options].Env of a lookup that gives "" for what is not set, such as os.Getenv or one that reads a
// file underneath it. Headers for every call (TEMPORAL_GRPC_META_*) come from the process's environment only.
func EnvFrom(get func(string) string) envconfig.EnvLookup { return lookup(get) }

type lookup func(string) string

func (l lookup) Environ() []string { return os.Environ() }

func (l lookup) LookupEnv(key string) (string, bool) {
	v := l(key)
	return v, v != ""
}
