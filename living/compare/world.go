// Package compare judges a configuration against what lives. It reports what AWS would refuse, and what AWS would do
// silently.
package compare

import (
	"regexp"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	eks "ambient-ecs/eks/existing"
	"ambient-ecs/network/existing"
)

// Subjects of the look-ups, as World.Unseen names them.
const (
	// PeeringsSubject is the peerings of VPCs.
	PeeringsSubject = "VPC peerings"
	// RolesSubject is the IAM roles.
	RolesSubject = "IAM roles"
	// GroupsSubject is the security groups of tasks.
	GroupsSubject = "security groups"
)

// World is what the look-ups found. Resources that do not exist, or that the caller may not look up, are left out.
type World struct {
	// Accounts are by account key.
	Accounts map[string]Account
	// Remembered says that Pulumi has a state of the stack. It is known in a preview only.
	Remembered bool
	// Forgotten says that Pulumi has no state of the stack in the home account. It is known in a preview only.
	Forgotten bool
	// Caller is the ARN of the principal behind the home account's provider: a role with its path, or a user. If the
	// path of a role is not known, the ARN has none. Empty: not known.
	Caller string
	// CallerPath says that the path of Caller is known.
	CallerPath bool
	// Cluster is the EKS cluster with the install's name. Nil: it does not exist, or the caller may not look it up.
	Cluster *Cluster
	// EKS is the EKS cluster of somebody else that the configuration names. Nil: none is named, or the caller may not look it up.
	EKS *eks.Cluster
	// Entries are access entries of the cluster, by the principal's ARN: those of the caller and of the listed
	// principals.
	Entries map[string]Entry
	// Zones are the ids of the availability zones that AWS offers an account whose network the program makes, by account key.
	Zones map[string][]string
	// Quotas are the values that accounts have of quotas, by account key and by the quota's code. One that nobody knows is left out.
	Quotas map[string]map[string]int
	// Nodes are the cluster's managed node groups.
	Nodes []Nodes
	// Offered are the zone ids in which EC2 has an instance type, by the type. A type that it does not have is left out. Nil: not known.
	Offered map[string][]string
	// Services are the ECS services by cluster and service key: "cluster/service".
	Services map[string]Service
	// Ztunnels are the images of the ztunnel containers that ECS services run, by "cluster/service".
	Ztunnels map[string]string
	// Doors are the hosts in the bootstrap tokens of ECS services, by "cluster/service".
	Doors map[string]string
	// Enrolled is with what the tasks of ECS services have joined the mesh, by "cluster/service". A service that is not in the mesh is left out.
	Enrolled map[string]Enrolled
	// Deployed is what runs of the services that pipelines and owners deploy, by "cluster/service".
	Deployed map[string]Deployed
	// TaskRoles are the task and execution roles of teams, by the ARN that the configuration gives. The zero Role: there is none of this name.
	TaskRoles map[string]Role
	// ECSClusters are the ECS clusters of other teams that the configuration names, by cluster key.
	ECSClusters map[string]ECSCluster
	// NamedClusters are the ECS clusters that live under the names of those to which the stack file gives a name, or which it imports, by
	// cluster key.
	NamedClusters map[string]ECSCluster
	// InsightsGroups are the tags of the log groups that these clusters have of Container Insights, by cluster key. One that does not exist is
	// left out.
	InsightsGroups map[string]map[string]string
	// Renamed are the names of ECS clusters of this stack that the stack file calls otherwise, by cluster key.
	Renamed map[string]string
	// GivenRoles are the roles that live under the names which the stack file gives, and those that it imports, by account key and by name. The
	// zero Role: there is none.
	GivenRoles map[string]map[string]Role
	// FormerRoles are the ARNs of roles that tasks run with, that carry the install's tag, and whose names do not begin with its name.
	FormerRoles map[string]bool
	// Strays are the accounts in which ECS clusters of this install live that the configuration has in another, by cluster key.
	Strays map[string]string
	// LogGroups says whether the log groups of other teams exist, by the key of the cluster that names one.
	LogGroups map[string]bool
	// UnusedLogGroups are the log groups of this install that the configuration no longer makes, by account key, sorted.
	UnusedLogGroups map[string][]string
	// UnusedLogsKeys are the ARNs of KMS keys of log groups that the program made and the configuration no longer asks for, by account key.
	UnusedLogsKeys map[string]string
	// Contracts are the published contracts, by the key of a cluster whose log group or execution role is another team's. One that is not
	// published is left out.
	Contracts map[string]contract.Contract
	// Networks are the networks that the configuration names, by account key.
	Networks map[string]existing.Network
	// Connections are the peerings between VPCs of the mesh of which one at least is named, by their ids, whoever made them.
	Connections map[string]Connection
	// Gateways are the transit gateway that the configuration names as each account sees it, by the account's key. Nil: it does not.
	Gateways map[string]*Gateway
	// Attachments are the attachments of the networks that the configuration names, by account key and by their ids, whoever made them. An
	// account without an entry was not looked at.
	Attachments map[string]map[string]Attachment
	// Leaving are the attachments that this stack made of networks that somebody else joins from now on, by account key.
	Leaving map[string][]string
	// Imports are the living services that the configuration takes over and that have not joined the mesh, by "cluster/service". Nil: there is
	// none of this name. Those that the next update enrols are known in a preview only.
	Imports map[string]*Import
	// Owned are the services that their owners keep, by "cluster/service". Nil: there is none of this name.
	Owned map[string]*Import
	// ImportedVPCs are the VPCs and subnets that become the stack's, by account key and by their ids. One that does not exist is left out.
	ImportedVPCs map[string]map[string]ImportedPart
	// Restart are the labels with which the mesh restarts its proxies, as this configuration wants them.
	Restart map[string]string
	// RestartTrusting are the labels of a mesh with the same authority whose workloads trust other roots. Nil: not known.
	RestartTrusting func(roots string) map[string]string
	// Unseen lists what the caller may not look up, each with AWS's error text.
	Unseen map[string]string
}

// Gateway is a transit gateway of somebody else.
type Gateway struct {
	// Associates and Propagates say what becomes of a new attachment by itself: "enable", "disable", or empty where AWS does not say. With
	// Associates it uses the gateway's default route table, with Propagates its networks are routes there.
	Associates, Propagates string
}

// Attachment is an attachment of a VPC to a transit gateway.
type Attachment struct {
	// Gateway is the gateway's id.
	Gateway string
	// Carries says that it carries traffic: it waits for nobody.
	Carries bool
	// Ours says that it has the install's tag.
	Ours bool
	// ZoneIDs are the zones of its subnets, where the configuration names the attachment.
	ZoneIDs []string
}

// Account is the part of the world in one account.
type Account struct {
	// Roles are IAM roles by name, if the install uses the name.
	Roles map[string]Role
	// Installs are the install names of VPCs that this stack made, by VPC id. An empty text is another install, whose
	// name the caller may not read.
	Installs map[string]string
	// OtherNetwork is the id of such a VPC whose primary network is not the account's. Empty: there is none.
	OtherNetwork string
	// OtherKey is the key under which this install has the account already. Empty: it has not, or under the key of today.
	OtherKey string
	// Peerings are the active peerings with the install's tag, by their Name tag.
	Peerings map[string]Peering
}

// Role is an IAM role.
type Role struct {
	// ARN is the role's, where it matters.
	ARN  string
	Tags map[string]string
	// Trust is its trust policy, JSON.
	Trust string
	// Path is its path, from slash to slash. Empty: not known.
	Path string
}

// Peering is a VPC peering.
type Peering struct{ Requester, Accepter Side }

// Connection is a VPC peering that is active or that somebody asked for.
type Connection struct {
	// Requester and Accepter are the ids of the two VPCs.
	Requester, Accepter string
	// Status is active, or a state before it.
	Status string
	// Ours says that a side has the install's tag.
	Ours bool
}

// joins reports whether the connection is between two VPCs, in either direction.
func (c Connection) joins(one, other string) bool {
	return c.Requester == one && c.Accepter == other || c.Requester == other && c.Accepter == one
}

// Side is a side of a VPC peering: the account's id and the region of the VPC. Either may be empty: not known.
type Side struct{ Account, Region string }

// Cluster is the EKS cluster.
type Cluster struct {
	// Version is a minor version such as "1.34", Status "ACTIVE" or another.
	Version, Status string
	// Support is what EKS does at the end of standard support: config.SupportStandard or config.SupportExtended.
	Support string
	// Services is the network of the addresses of Kubernetes services. Empty: not known.
	Services string
	// Creator is the ARN of the principal that made the cluster, as the tag config.CreatorTag says. Empty: not known.
	Creator string
	Tags    map[string]string
	// NetworkPlugin are the roles that vpc-cni's service account has by Pod Identity, by their ARNs. Nil: not known, or there is no such
	// add-on.
	NetworkPlugin []string
	// VPC is the id of its VPC. Empty: not known. ForeignVPC says that the VPC is known not to carry the install's tag.
	VPC        string
	ForeignVPC bool
	// Subnets are its subnets, where the program makes the network, and SubnetIDs their ids. Nil: not known.
	Subnets   []ClusterSubnet
	SubnetIDs []string
}

// Entry is an access entry.
type Entry struct{ Tags map[string]string }

// Nodes is a managed node group.
type Nodes struct {
	Name, Version string
	// ReleaseVersion is the release of its machine image.
	ReleaseVersion string
	// AMIType is the machine image, as EKS names it. Empty: not known.
	AMIType       string
	InstanceTypes []string
	// Spot says that it takes spare capacity.
	Spot bool
	// Desired is the desired number of nodes. DiskGiB is the size of the root volume in the launch template.
	Desired, DiskGiB int
	// VolumeKey is the KMS key of that volume. Empty: AWS's own key. It is meant only where DiskGiB is known.
	VolumeKey string
	// Tags are the tags that the launch template puts on instances. Nil: not known.
	Tags map[string]string
}

// Service is an ECS service.
type Service struct {
	// Desired is the number of tasks that AWS is asked for.
	Desired int
	// LaunchType is FARGATE, or empty for a service with a strategy of capacity providers: ECS shows one of the two.
	LaunchType string
	Tags       map[string]string
}

// scales reports whether the program handed the number of tasks over to the scaler.
func (s Service) scales() bool { return s.Tags[config.ScalingTag] != "" }

// regional matches the region, the account and the cluster of a regional ARN in one of our trust policies.
var regional = regexp.MustCompile(`arn:aws[a-z-]*:(eks|ecs):([a-z0-9-]+):([0-9]{12}):`)

// region returns the region of what a role trusts, and the service there: eks for istiod's cluster at home, ecs for tasks of the role's
// own account. Both are empty if its trust policy names neither.
func (r Role) region() (service, region string) {
	if parts := regional.FindStringSubmatch(r.Trust); parts != nil {
		return parts[1], parts[2]
	}
	return "", ""
}

// home returns the account id of the EKS cluster that a role trusts, or "" if the role trusts none.
func (r Role) home() string {
	for _, parts := range regional.FindAllStringSubmatch(r.Trust, -1) {
		if parts[1] == "eks" {
			return parts[3]
		}
	}
	return ""
}
