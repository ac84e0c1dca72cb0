package temporalclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The search attributes of every case: ids and codes only, for they are not encrypted. Workflows make typed keys of
// the same names.
const (
	AttrEmployeeID  = "EmployeeID"
	AttrProcess     = "Process"
	AttrPhase       = "Phase"
	AttrEffectiveAt = "EffectiveAt"
	AttrBlockedOn   = "BlockedOn"
	AttrUrgency     = "Urgency"
)

var searchAttributes = map[string]enumspb.IndexedValueType{
	AttrEmployeeID:  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	AttrProcess:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	AttrPhase:       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	AttrEffectiveAt: enumspb.INDEXED_VALUE_TYPE_DATETIME,
	AttrBlockedOn:   enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	AttrUrgency:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
}

// SearchAttributes returns the search attributes a namespace must know before the first case.
func SearchAttributes() map[string]enumspb.IndexedValueType { return maps.Clone(searchAttributes) }

// Retention is how long a closed case stays readable in Temporal: a quarter, for whoever looks back at one. A case that
// runs is kept however long that is, and the evidence lives in Tenure's own store under its own rule. It is no longer,
// because every look at the HR system and at tickets is a short workflow too: some 1,700 a day.
const Retention = 90 * 24 * time.Hour

// Prepare makes a self-hosted namespace ready: registers it when missing, raises its retention to at least the given
// one, and adds the missing search attributes. It may be repeated. A search attribute that exists with another type
// is an error. On Temporal Cloud these calls are refused; prepare the namespace there with tcld or the console.
func Prepare(ctx context.Context, c client.Client, namespace string, retention time.Duration) error {
	if err := ensureNamespace(ctx, c, namespace, retention); err != nil {
		return fmt.Errorf("prepare namespace %s: %w", namespace, err)
	}
	// The servers of a cluster hear of a new namespace one after the other.
	err := until(ctx, registryRefresh, unheardOf, func() error { return ensureSearchAttributes(ctx, c, namespace) })
	if err != nil {
		return fmt.Errorf("prepare search attributes of namespace %s: %w", namespace, err)
	}
	return nil
}

// registryRefresh bounds the wait for a new namespace to be known: a server reads the list of namespaces every 10 s.
const registryRefresh = 30 * time.Second

func unheardOf(err error) bool {
	var missing *serviceerror.NamespaceNotFound
	return errors.As(err, &missing)
}

// until repeats f while its error is passing, at most for the given time, and returns what f said last.
func until(ctx context.Context, patience time.Duration, passing func(error) bool, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

func ensureNamespace(ctx context.Context, c client.Client, name string, retention time.Duration) error {
	service := c.WorkflowService()
	is, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: name})
	if unheardOf(err) {
		_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(retention)})
		return err
	}
	if err != nil || is.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() >= retention {
		return err
	}
	_, err = service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{Namespace: name,
		Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(retention)}})
	return err
}

func ensureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	operator := c.OperatorService()
	have, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return err
	}
	missing, err := missingAttributes(have.GetCustomAttributes())
	if err != nil || len(missing) == 0 {
		return err
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing})
	return err
}

func missingAttributes(have map[string]enumspb.IndexedValueType) (map[string]enumspb.IndexedValueType, error) {
	missing := SearchAttributes()
	for name, want := range searchAttributes {
		got, ok := have[name]
		if !ok {
			continue
		}
		if got != want {
			return nil, fmt.Errorf("search attribute %s exists as %s and must be %s; remove it with `temporal operator search-attribute remove --name %s` or use another namespace",
				name, got, want, name)
		}
		delete(missing, name)
	}
	return missing, nil
}
