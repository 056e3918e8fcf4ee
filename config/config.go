// Package config is the stack configuration as one typed value: what a user may set, with every
// rule that can be checked before the first resource is registered.
//
// It imports nothing of Pulumi's resource SDKs. Load reads, Validate refuses, the rest of the
// program only reads the result. Each subject has one file: its keys, their defaults, the names that follow
// from them, and what is refused. CONTRIBUTING.md shows how a key is added.
package config

import (
	"slices"
	"sync"
	"time"

	"ambient-ecs/problem"
)

// Config is the whole stack configuration. Each subject has a file with its settings: the keys of the stack file, which
// Pulumi.yaml types, describes and defaults, and what may be said under them.
type Config struct {
	StackSettings
	AccountSettings
	RoleSettings
	ClusterSettings
	TaskSettings
	DigestSettings
	ExecSettings
	SharedSettings
	NetworkSettings
	ConnectSettings
	FlowLogSettings
	EndpointSettings
	EKSSettings
	ExistingEKSSettings
	ImportSettings
	PodSecuritySettings
	GuardSettings
	NodeSettings
	IstioSettings
	VersionSettings
	CASettings
	GatewaySettings
	IngressSettings
	PolicySettings
	TrafficSettings
	ObservabilitySettings
	ContractSettings
	TeamSettings

	// loaded is when the configuration was loaded: certificates are judged by this time.
	loaded time.Time
	// named are the top-level keys that the stack file sets. nil: they are not known.
	named map[string]bool
	// secret are the keys whose values are encrypted in the stack file, in whole or in part.
	secret map[string]bool
	// clusterKeys are the keys of a cluster of ours that the stack sets; see ofOurCluster.
	clusterKeys []string
	// size is the size of the configuration as the engine hands it over, in bytes.
	size int
	// roles is allRoles, computed at most once while the configuration is checked: it renders every task definition.
	roles func() []string
}

// Validate returns every problem of the configuration as one error, each with field, value and reason.
func (c Config) Validate() error {
	var p problem.List
	c.validate(&p)
	return p.Err()
}

// validate asks every subject.
func (c Config) validate(p *problem.List) {
	c.roles = sync.OnceValue(c.allRoles)
	for _, check := range []func(*problem.List){
		c.checkSecrets, c.checkStack, c.checkTags, c.checkAccounts, c.checkRegions, c.checkKeys, c.checkRoles, c.checkNetwork, c.checkConnect, c.checkFlowLogs, c.checkEndpoints, c.checkTaskEgress, c.checkEKS, c.checkExistingEKS, c.checkPodSecurity, c.checkSizes,
		c.checkIstio, c.checkVersions, c.checkMeshCA, c.checkGateway,
		c.checkClusters, c.checkSharedRoles, c.checkTaskRoles, c.checkTasks, c.checkExec, c.checkDigests, c.checkShared, c.checkPolicies, c.checkWaypoints, c.checkTraffic, c.checkIngress, c.checkAccountConnect, c.checkImports, c.checkPrivateLink, c.checkObservability, c.checkNames, c.checkContract, c.checkTeams,
	} {
		check(p)
	}
}

// Warnings are what is allowed but needs somebody's attention before long. Each says how it ends. What a team may mean so for good is among the
// Notices.
func (c Config) Warnings() []string {
	return slices.Concat(
		c.sharedIdentities(), c.permissive(), c.openDoors(), c.withoutValue(), c.takenForHTTP(), c.expiring(), c.uncounted(), c.definitionWarnings(),
		c.latest(), c.astray(), c.execReadOnly(), c.ingressExpires(), c.ends(), c.chartsElsewhere(), c.large(), c.unproportional(), c.staleImages(),
		c.unrouted(), c.partialSecrets(), c.past(), c.withoutALPN(),
	)
}

// clock is when the configuration was loaded.
func (c Config) clock() time.Time {
	if c.loaded.IsZero() {
		return time.Now()
	}
	return c.loaded
}
