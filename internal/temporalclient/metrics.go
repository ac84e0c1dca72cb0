package temporalclient

import (
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// Metrics gathers a process's metrics: OpenTelemetry inside, Prometheus text outside. Labels carry task queues, types
// and codes; an employee's id is not a label (one series for each person would drown any time-series database).
type Metrics struct {
	// Temporal is handed to Options.Metrics.
	Temporal client.MetricsHandler
	// Meter makes Tenure's own instruments.
	Meter metric.Meter
	// HTTP serves the Prometheus page.
	HTTP http.Handler

	provider *sdkmetric.MeterProvider
}

// NewMetrics makes one process's metrics, the Go runtime's and the process's own included.
func NewMetrics() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprom.New(otelprom.WithRegisterer(registry), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	meter := provider.Meter("tenure")
	return &Metrics{
		Temporal: opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: meter}),
		Meter:    meter,
		HTTP:     promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		provider: provider,
	}, nil
}

// Shutdown flushes and ends collection.
func (m *Metrics) Shutdown(ctx context.Context) error { return m.provider.Shutdown(ctx) }
