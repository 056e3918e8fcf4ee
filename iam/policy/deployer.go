package policy

import (
	"encoding/json"
	"slices"

	"ambient-ecs/iam/actions"
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
	// Guardrails are the path and the boundary of the roles.
	Guardrails
	// Attached are the ARNs of managed policies that services have. Empty: none.
	Attached []string
	// TaskRoles are the ARNs of task and execution roles that the program does not make. Empty: none.
	TaskRoles []string
	// Clusters are the ARNs of ECS clusters of other teams, Services those of the stack's services on them, Owned those of services there
	// that their owners deploy. Empty: none.
	Clusters, Services, Owned []string
	// NamedClusters and NamedRoles are the ARNs of ECS clusters and roles of the program whose names do not begin with Install: the stack file
	// gives them. Empty: none.
	NamedClusters, NamedRoles []string
	// EKS is the name of the EKS cluster of somebody else in which the mesh lives, NodesGroup the security group that is named for its
	// nodes. Empty: none.
	EKS, NodesGroup string
	// Teams says that teams have a role in the account.
	Teams bool
	// VPC is the id of a VPC that the program reads and does not make, RouteTables are the tables there that get its routes.
	// Empty: none.
	VPC         string
	RouteTables []string
}

// PolicyName is the name of one of a deployer's policies.
type PolicyName string

// A deployer has up to thirteen policies, because one policy with everything would exceed IAM's limit for a managed policy.
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
	// ContractPolicy is for the SSM parameters of contracts. A deployer of stacks without publishContract does not need it.
	ContractPolicy PolicyName = "contract"
	// TransitPolicy is for a transit gateway, its attachments and its share. A deployer of stacks without one does not need it.
	TransitPolicy PolicyName = "transit"
	// PrivateLinkPolicy is for the endpoint service of the gateway, and for the private hosted zone where an account only calls. A
	// deployer of stacks without such an account does not need it.
	PrivateLinkPolicy PolicyName = "privatelink"
	// TaskPolicy is for managed policies and roles of services. A deployer of stacks whose services name neither has none.
	TaskPolicy PolicyName = "tasks"
	// BoundaryPolicy is for making roles within a permissions boundary. A deployer of stacks without one has none.
	BoundaryPolicy PolicyName = "boundary"
	// ExistingPolicy is for ECS clusters of other teams or with names of their own, and for an EKS cluster of somebody else. A deployer of
	// stacks without them has none.
	ExistingPolicy PolicyName = "existing"
	// TeamsPolicy is for the managed policies of teams. A deployer of stacks without teams has none.
	TeamsPolicy PolicyName = "teams"
)

// PolicyNames are the names in the order of the file.
func PolicyNames() []PolicyName {
	return []PolicyName{NetworkPolicy, IdentityPolicy, WorkloadPolicy, ObservabilityPolicy, ScalingPolicy, SchedulePolicy, ContractPolicy, TransitPolicy, PrivateLinkPolicy, TaskPolicy, BoundaryPolicy, ExistingPolicy, TeamsPolicy}
}

// Policies are what a deployer needs in an account: to create, read, update, tag and delete every
// resource that the program registers there, and no more.
//
// They do not cover what lies outside the program: the state backend, the role that the deployer assumes to get here,
// and Kubernetes, where the creator of the cluster is the first administrator.
func (d Deployer) Policies(kind AccountKind) map[PolicyName]Document {
	actions := d.actions(kind)
	policies := map[PolicyName]Document{}
	for _, rule := range rules {
		if rule.homeOnly && kind != HomeAccount || rule.applies != nil && !rule.applies(d) {
			continue
		}
		chosen := rule.denies
		for _, action := range actions {
			if rule.covers != nil && rule.covers(action) {
				chosen = append(chosen, action)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		statement := Statement{Sid: rule.sid, Deny: rule.denies != nil, Actions: chosen, Resources: rule.resources(d, kind)}
		if rule.condition != nil {
			statement.Condition = rule.condition(d, kind)
		}
		document := policies[rule.policy]
		document.Statements = append(document.Statements, statement)
		policies[rule.policy] = document
	}
	return policies
}

// actions are those of an account, and what path, boundary, managed policies of services and teams need besides.
func (d Deployer) actions(kind AccountKind) []string {
	all := Actions(kind)
	if bounded(d) {
		// A living stack that gets a boundary puts it on the roles that it has.
		all = append(all, iam("PutRolePermissionsBoundary")...)
	}
	if len(d.Attached) > 0 || d.Teams {
		all = append(all, iam("AttachRolePolicy", "DetachRolePolicy")...)
	}
	if d.Teams {
		all = append(all, actions.Teams[0].All()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Actions are all actions that the resource types of an account need, sorted.
func Actions(kind AccountKind) []string {
	var all []string
	for _, need := range actions.All {
		if need.HomeOnly && kind != HomeAccount || need.TeamsOnly {
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

// BoundedPlaceholders are those of docs/deployer-policy-bounded.json.
var BoundedPlaceholders = Deployer{
	Place: Placeholders.Place, Install: Placeholders.Install,
	Guardrails: Guardrails{Path: "/IAM_PATH/", Boundary: "BOUNDARY_ARN"},
	Attached:   []string{"ATTACHED_POLICY_ARN"}, TaskRoles: []string{"TASK_ROLE_ARN"},
	Teams: true, Clusters: []string{"EXISTING_CLUSTER_ARN"}, Services: []string{"arn:aws:ecs:REGION:ACCOUNT_ID:service/EXISTING_CLUSTER/SERVICE"},
	Owned:         []string{"arn:aws:ecs:REGION:ACCOUNT_ID:service/EXISTING_CLUSTER/SERVICE_OF_OWNER"},
	NamedClusters: []string{"arn:aws:ecs:REGION:ACCOUNT_ID:cluster/CLUSTER_NAME"}, NamedRoles: []string{"NAMED_ROLE_ARN"},
	EKS: "EXISTING_EKS", NodesGroup: "NODES_GROUP_ID",
}

// BoundedParts are the policies in docs/deployer-policy-bounded.json. The others are those of docs/deployer-policy.json.
var BoundedParts = []PolicyName{IdentityPolicy, TaskPolicy, BoundaryPolicy, ExistingPolicy, TeamsPolicy}

// DeployerFile is some of a deployer's policies as one text: kind of account → name of the policy → document. With all names
// it is docs/deployer-policy.json for Placeholders. Policies that the deployer does not need are left out.
func DeployerFile(d Deployer, parts []PolicyName) string {
	type policies struct {
		Network       *Document `json:"network,omitempty"`
		Identity      *Document `json:"identity,omitempty"`
		Workload      *Document `json:"workload,omitempty"`
		Observability *Document `json:"observability,omitempty"`
		Scaling       *Document `json:"scaling,omitempty"`
		Schedules     *Document `json:"schedules,omitempty"`
		Contract      *Document `json:"contract,omitempty"`
		Transit       *Document `json:"transit,omitempty"`
		PrivateLink   *Document `json:"privatelink,omitempty"`
		Tasks         *Document `json:"tasks,omitempty"`
		Boundary      *Document `json:"boundary,omitempty"`
		Existing      *Document `json:"existing,omitempty"`
		Teams         *Document `json:"teams,omitempty"`
	}
	of := func(kind AccountKind) policies {
		all := d.Policies(kind)
		part := func(name PolicyName) *Document {
			if document, has := all[name]; has && slices.Contains(parts, name) {
				return &document
			}
			return nil
		}
		return policies{
			part(NetworkPolicy), part(IdentityPolicy), part(WorkloadPolicy), part(ObservabilityPolicy), part(ScalingPolicy), part(SchedulePolicy), part(ContractPolicy), part(TransitPolicy), part(PrivateLinkPolicy),
			part(TaskPolicy), part(BoundaryPolicy), part(ExistingPolicy), part(TeamsPolicy),
		}
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
