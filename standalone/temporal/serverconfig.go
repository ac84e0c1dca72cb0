package temporal

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

const (
	clusterName  = "active"
	databaseFile = "temporal.db"
)

// pollRPS replaces the server's default of 20 polls a second of the task queues inside: with 20 an idle server took
// 54 ms to hand out a case's first activity and 299 ms to reach its fifth, with 1000 it takes 11 and 47.
const pollRPS = 1000

// settings are the dynamic configuration. What is not named keeps the server's default.
func settings() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   pollRPS,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      pollRPS,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): pollRPS,
		// One process needs no partitions; with one, a task queue's priorities hold across the whole queue.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// The server would ask its makers whether there is a newer one.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
}

func sqlConfig(path string, pragmas map[string]string) *config.SQL {
	attributes := map[string]string{"mode": "rwc", "busy_timeout": "10000"}
	for k, v := range pragmas {
		attributes[k] = v
	}
	return &config.SQL{
		PluginName: sqlite.PluginName,
		// The path becomes part of a URI.
		DatabaseName:      strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path),
		ConnectAttributes: attributes,
	}
}

func serverConfig(cfg Config, p ports) *config.Config {
	database := sqlConfig(filepath.Join(cfg.Dir, databaseFile), map[string]string{
		"journal_mode": "wal",
		"synchronous":  strconv.Itoa(int(cfg.Synchronous)),
	})
	return &config.Config{
		Global: config.Global{Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1, // one writer to one file: more shards would only queue behind it
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: database}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: address(p.frontend), HTTPAddress: address(p.http)}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(p.frontend, p.frontendM, p.http),
			string(primitives.HistoryService):  service(p.history, p.historyM, 0),
			string(primitives.MatchingService): service(p.matching, p.matchM, 0),
			string(primitives.WorkerService):   service(p.worker, p.workerM, 0),
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
		PublicClient: config.PublicClient{HostPort: address(p.frontend)},
	}
}

func service(grpc, membership, http int) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: grpc, MembershipPort: membership, HTTPPort: http, BindOnIP: loopback}}
}

// hosts replaces the gossip by which a cluster's processes find each other. After a kill -9 gossip would first look
// for the dead process.
func hosts(p ports) map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(address(p.frontend)),
		primitives.HistoryService:  static.SingleLocalHost(address(p.history)),
		primitives.MatchingService: static.SingleLocalHost(address(p.matching)),
		primitives.WorkerService:   static.SingleLocalHost(address(p.worker)),
	}
}
