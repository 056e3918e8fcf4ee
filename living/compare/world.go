// Package compare judges what lives against a configuration: what AWS would refuse, or would do without a word.
package compare

import "regexp"

// World is what was found. What was not found, or may not be looked at, is left out.
type World struct {
	// Accounts are by account key.
	Accounts map[string]Account
	// Remembered says that Pulumi has a state of the stack. Only a preview knows.
	Remembered bool
	// Caller is the ARN of the principal behind the home account's provider: a role with its path, or a user. A role
	// whose path is not known has none. Empty: not known.
	Caller string
	// CallerPath says that the path of Caller is known.
	CallerPath bool
	// Cluster is the EKS cluster with the install's name. Nil: there is none, or nobody may look.
	Cluster *Cluster
	// Entries are access entries of the cluster by the principal's ARN: the caller's, and those of listed principals.
	Entries map[string]Entry
	// Nodes are the cluster's managed node groups.
	Nodes []Nodes
	// Tasks are the desired counts of ECS services, by cluster and service key: "cluster/service".
	Tasks map[string]int
	// Unseen says what the caller may not look at, each with AWS's words.
	Unseen map[string]string
}

// Account is what one account holds.
type Account struct {
	// Roles are IAM roles by name, of the names that the install gives.
	Roles map[string]Role
	// Installs are the installs of VPCs that this stack made, by VPC id. Empty text: another one, nobody may see which.
	Installs map[string]string
	// Peerings are active peerings with the install's tag by their Name tag.
	Peerings map[string]Peering
}

// Role is an IAM role.
type Role struct {
	Tags map[string]string
	// Trust is its trust policy, JSON.
	Trust string
}

// Peering is a VPC peering: the account ids of both sides.
type Peering struct{ Requester, Accepter string }

// Cluster is the EKS cluster.
type Cluster struct {
	// Version is a minor version such as "1.34", Status "ACTIVE" or another.
	Version, Status string
	Tags            map[string]string
}

// Entry is an access entry.
type Entry struct{ Tags map[string]string }

// Nodes is a managed node group.
type Nodes struct {
	Name, Version string
	InstanceTypes []string
	// Desired is the number of nodes that are wanted, DiskGiB the size of the root volume in the launch template.
	Desired, DiskGiB int
	// Tags are those that the launch template puts on instances. Nil: not known.
	Tags map[string]string
}

// regional finds the region, the account and the cluster of a regional ARN in a trust policy of ours.
var regional = regexp.MustCompile(`arn:aws[a-z-]*:(eks|ecs):([a-z0-9-]+):([0-9]{12}):`)

// region is where the install of a role is, "" if its trust policy does not say.
func (r Role) region() string {
	if parts := regional.FindStringSubmatch(r.Trust); parts != nil {
		return parts[2]
	}
	return ""
}

// home is the account id of the EKS cluster that a role trusts, "" if it trusts none.
func (r Role) home() string {
	for _, parts := range regional.FindAllStringSubmatch(r.Trust, -1) {
		if parts[1] == "eks" {
			return parts[3]
		}
	}
	return ""
}
