package policy

import (
	"encoding/json"
	"slices"
)

// InstallTag is the tag that every resource of an install carries. Where AWS chooses the name of a resource, the tag
// says which install owns it.
const InstallTag = "ambient-ecs-install"

// AccountKind is the part that an account has in the mesh.
type AccountKind string

const (
	// HomeAccount holds EKS and istiod.
	HomeAccount AccountKind = "home"
	// RemoteAccount holds a VPC and ECS clusters only.
	RemoteAccount AccountKind = "remote"
)

// Deployer is who runs the program in one account.
type Deployer struct {
	// Place is the account.
	Place Place
	// Install is the prefix of every fixed name.
	Install string
}

// PolicyName is the name of one of a deployer's policies.
type PolicyName string

// A deployer has six policies, because one policy with everything would exceed IAM's limit for a managed policy.
const (
	// NetworkPolicy is for VPCs, peerings, security groups and launch templates.
	NetworkPolicy PolicyName = "network"
	// IdentityPolicy is for roles, the OIDC provider, and passing roles to services.
	IdentityPolicy PolicyName = "identity"
	// WorkloadPolicy is for EKS, ECS, log groups and keys.
	WorkloadPolicy PolicyName = "workload"
	// ObservabilityPolicy is for alarms, their topics, metric filters and saved queries. A deployer of stacks without
	// these does not need it.
	ObservabilityPolicy PolicyName = "observability"
	// ScalingPolicy is for Application Auto Scaling. A deployer of stacks whose services have no scaling does not need it.
	ScalingPolicy PolicyName = "scaling"
	// SchedulePolicy is for EventBridge Scheduler. A deployer of stacks whose tasks have no schedule does not need it.
	SchedulePolicy PolicyName = "schedules"
)

// PolicyNames are the names in the order of the file.
func PolicyNames() []PolicyName {
	return []PolicyName{NetworkPolicy, IdentityPolicy, WorkloadPolicy, ObservabilityPolicy, ScalingPolicy, SchedulePolicy}
}

// Policies are what a deployer needs in an account: to create, read, update, tag and delete every
// resource that the program registers there, and no more.
//
// They do not cover what lies outside the program: the state backend, the role that the deployer assumes to get here,
// and Kubernetes, where the creator of the cluster is the first administrator.
func (d Deployer) Policies(kind AccountKind) map[PolicyName]Document {
	actions := Actions(kind)
	policies := map[PolicyName]Document{}
	for _, rule := range rules {
		if rule.homeOnly && kind != HomeAccount {
			continue
		}
		var allowed []string
		for _, action := range actions {
			if rule.covers(action) {
				allowed = append(allowed, action)
			}
		}
		if len(allowed) == 0 {
			continue
		}
		statement := Statement{Sid: rule.sid, Actions: allowed, Resources: rule.resources(d, kind)}
		if rule.condition != nil {
			statement.Condition = rule.condition(d, kind)
		}
		document := policies[rule.policy]
		document.Statements = append(document.Statements, statement)
		policies[rule.policy] = document
	}
	return policies
}

// Actions are all actions that the resource types of an account need, sorted.
func Actions(kind AccountKind) []string {
	var all []string
	for _, need := range Needs {
		if need.HomeOnly && kind != HomeAccount {
			continue
		}
		all = append(all, need.All()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Placeholders stand in docs/deployer-policy.json for what differs between users. A placeholder that is left in
// matches nothing.
var Placeholders = Deployer{
	Place:   Place{Partition: "aws", Region: "REGION", Account: "ACCOUNT_ID"},
	Install: "INSTALL",
}

// DeployerFile is the text of docs/deployer-policy.json: kind of account → name of the policy → document.
func DeployerFile() string {
	type policies struct {
		Network       Document `json:"network"`
		Identity      Document `json:"identity"`
		Workload      Document `json:"workload"`
		Observability Document `json:"observability"`
		Scaling       Document `json:"scaling"`
		Schedules     Document `json:"schedules"`
	}
	of := func(kind AccountKind) policies {
		p := Placeholders.Policies(kind)
		return policies{p[NetworkPolicy], p[IdentityPolicy], p[WorkloadPolicy], p[ObservabilityPolicy], p[ScalingPolicy], p[SchedulePolicy]}
	}
	text, err := json.MarshalIndent(struct {
		Home   policies `json:"home"`
		Remote policies `json:"remote"`
	}{of(HomeAccount), of(RemoteAccount)}, "", "  ")
	if err != nil {
		// The documents hold nothing but strings, which always marshal.
		panic("policy: " + err.Error())
	}
	return string(text) + "\n"
}
