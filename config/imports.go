package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// ImportSettings are resources that exist and become the program's.
type ImportSettings struct {
	// Imports are the ids of resources that exist, by the end of the URN that they get: TYPE::NAME.
	Imports map[string]string `config:"imports"`
}

// The types of which the program imports resources, as URNs name them.
const (
	TypeVPC             = "aws:ec2/vpc:Vpc"
	TypeInternetGateway = "aws:ec2/internetGateway:InternetGateway"
	TypeSubnet          = "aws:ec2/subnet:Subnet"
	TypeAddress         = "aws:ec2/eip:Eip"
	TypeNATGateway      = "aws:ec2/natGateway:NatGateway"
	TypeRouteTable      = "aws:ec2/routeTable:RouteTable"
	TypeRoute           = "aws:ec2/route:Route"
	TypeAssociation     = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	TypeVPCEndpoint     = "aws:ec2/vpcEndpoint:VpcEndpoint"
	TypeRole            = "aws:iam/role:Role"
	TypeRolePolicy      = "aws:iam/rolePolicy:RolePolicy"
	TypeECSCluster      = "aws:ecs/cluster:Cluster"
	TypeLogGroup        = "aws:cloudwatch/logGroup:LogGroup"
)

// importForms are the forms of the ids that AWS chooses, each with an example.
var importForms = map[string]struct {
	form    *regexp.Regexp
	example string
}{
	TypeVPC:             {vpcID, "vpc-0123456789abcdef0"},
	TypeInternetGateway: {regexp.MustCompile(`^igw-[0-9a-f]+$`), "igw-0123456789abcdef0"},
	TypeSubnet:          {subnetID, "subnet-0123456789abcdef0"},
	TypeAddress:         {regexp.MustCompile(`^eipalloc-[0-9a-f]+$`), "eipalloc-0123456789abcdef0"},
	TypeNATGateway:      {regexp.MustCompile(`^nat-[0-9a-f]+$`), "nat-0123456789abcdef0"},
	TypeRouteTable:      {routeTableID, "rtb-0123456789abcdef0"},
	TypeRoute:           {regexp.MustCompile(`^rtb-[0-9a-f]+_0\.0\.0\.0/0$`), "rtb-0123456789abcdef0_0.0.0.0/0, its route table and its destination"},
	TypeAssociation:     {regexp.MustCompile(`^subnet-[0-9a-f]+/rtb-[0-9a-f]+$`), "subnet-0123456789abcdef0/rtb-0123456789abcdef0"},
	TypeVPCEndpoint:     {regexp.MustCompile(`^vpce-[0-9a-f]+$`), "vpce-0123456789abcdef0"},
}

// Importable are the resources of the stack that can be imported, as TYPE::NAME: the parts of the VPCs that the program makes, the roles
// of istiod, of discovery and of tasks, the ECS clusters and their log groups. The value is the id, or how it begins, of one whose name
// the program chooses, and "" where AWS chose the id.
func (c Config) Importable() map[string]string {
	all := map[string]string{}
	for _, key := range c.AccountKeys() {
		if c.Accounts[key].Network == nil {
			for _, name := range c.VPCParts(key) {
				all[name] = ""
			}
		}
	}
	c.eachComponentRole(func(r componentRole) {
		all[TypeRole+"::"+r.component] = r.name
		if r.policy {
			all[TypeRolePolicy+"::"+r.component] = r.name + ":"
		}
	})
	for _, identity := range c.Identities() {
		if c.TeamTaskRole(identity) == "" && c.PermissionsOf(identity).Inline() != "" {
			all[TypeRolePolicy+"::task-"+identity.Cluster+"-"+identity.ServiceAccount+"/permissions"] = c.TaskRoleName(identity.Cluster, identity.ServiceAccount) + ":"
		}
	}
	for _, key := range c.ClusterKeys() {
		if c.Clusters[key].LogGroup == "" {
			all[TypeLogGroup+"::"+key+"-tasks"] = c.OwnLogGroup(key)
		}
		if c.Clusters[key].Existing != "" {
			continue
		}
		all[TypeECSCluster+"::"+key] = c.ECSName(key)
		all[TypeLogGroup+"::"+key+"-insights"] = InsightsLogGroup(c.ECSName(key))
		if group := c.ExecLogGroup(key); group != "" {
			all[TypeLogGroup+"::"+key+"-exec"] = group
		}
	}
	return all
}

// InsightsLogGroup is where Container Insights writes for an ECS cluster.
func InsightsLogGroup(cluster string) string {
	return "/aws/ecs/containerinsights/" + cluster + "/performance"
}

// VPCParts are the parts of the VPC that the program makes for an account, as TYPE::NAME. The default security group is none of them: it
// comes with every VPC.
func (c Config) VPCParts(account string) (all []string) {
	zones := c.Zones(account)
	public, gateways := zones, 1
	if s := c.Accounts[account].Subnets; s != nil && len(s.Private) > 0 {
		public = len(s.Public)
	}
	if c.NAT == NATPerZone {
		gateways = zones
	}
	part := func(kind string, name string, args ...any) {
		all = append(all, kind+"::vpc-"+account+fmt.Sprintf(name, args...))
	}
	part(TypeVPC, "")
	part(TypeInternetGateway, "")
	part(TypeRouteTable, "-public")
	part(TypeRoute, "-public")
	for i := range public {
		part(TypeSubnet, "-public-%d", i+1)
		part(TypeAssociation, "-public-%d", i+1)
	}
	for i := range zones {
		part(TypeSubnet, "-private-%d", i+1)
		part(TypeAssociation, "-private-%d", i+1)
	}
	for i := range gateways {
		part(TypeAddress, "-nat-%d", i+1)
		part(TypeNATGateway, "-nat-%d", i+1)
		table := "-private"
		if c.NAT == NATPerZone {
			table = fmt.Sprintf("-private-%d", i+1)
		}
		part(TypeRouteTable, "%s", table)
		part(TypeRoute, "%s", table)
	}
	part(TypeVPCEndpoint, "-s3")
	return all
}

// componentRole is a role that can be imported: its account, the name of its component and its own, the key of the stack file that gives
// that name, if one does, and whether it has an inline policy.
type componentRole struct {
	account, component, name, field string
	policy                          bool
}

// eachComponentRole visits the roles of istiod, of discovery and of tasks.
func (c Config) eachComponentRole(visit func(componentRole)) {
	visit(componentRole{c.Home, "istiod", c.IstiodRoleName(), "", true})
	for _, key := range c.DiscoveredAccounts() {
		visit(componentRole{key, "discovery-" + key, c.DiscoveryRoleName(key), "", true})
	}
	for _, key := range c.AccountKeys() {
		if c.TheirExecutionRole(key) == "" && len(c.ClustersOf(key)) > 0 {
			visit(componentRole{key, "execution-" + key, c.ExecutionRoleName(key), "", true})
		}
	}
	for _, cluster := range c.ClusterKeys() {
		for _, name := range c.Clusters[cluster].WorkloadKeys() {
			if !c.OwnExecutionRole(cluster, name) {
				continue
			}
			role := componentRole{c.Clusters[cluster].Account, "execution-" + cluster + "/" + name, c.ServiceExecutionRoleName(cluster, name), "", true}
			if c.asService(cluster, name).ExecutionRoleName != "" {
				role.field = c.Field(cluster, name) + ".executionRoleName"
			}
			visit(role)
		}
	}
	for _, team := range c.TeamKeys() {
		for _, key := range c.TeamAccounts(team) {
			if len(c.TeamClusters(team, key)) > 0 {
				visit(componentRole{key, "execution-team-" + team + "/" + key, c.TeamExecutionRoleName(team, key), "", true})
			}
		}
	}
	for _, identity := range c.Identities() {
		if c.TeamTaskRole(identity) == "" {
			visit(componentRole{
				identity.Account, "task-" + identity.Cluster + "-" + identity.ServiceAccount, c.TaskRoleName(identity.Cluster, identity.ServiceAccount), c.taskRoleField(identity), c.ExecOnFor(identity),
			})
		}
	}
}

// checkImports refuses an import of something that the stack does not have, and an id that cannot be its.
func (c Config) checkImports(p *problem.List) {
	if len(c.Imports) == 0 {
		return
	}
	importable, taken := c.Importable(), map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Imports)) {
		field, id := "imports."+name, c.Imports[name]
		kind, _, _ := strings.Cut(name, "::")
		fixed, known := importable[name]
		form, chosen := importForms[kind]
		switch {
		case !known:
			p.Refuse("imports", name, "%s", noSuchImport(name, kind, importable))
		case chosen && !form.form.MatchString(id):
			p.Refuse(field, id, "this is not the id of one, such as %s", form.example)
		case !chosen && strings.HasSuffix(fixed, ":") && (!strings.HasPrefix(id, fixed) || id == fixed):
			p.Refuse(field, id, "its id is the name of the role and of its inline policy: %sPOLICY", fixed)
		case !chosen && !strings.HasSuffix(fixed, ":") && id != fixed:
			p.Refuse(field, id, "the stack calls it %s, and AWS renames none: only one of this name becomes the stack's%s", fixed, naming[kind])
		case taken[kind+id] != "" && chosen:
			p.Refuse(field, id, "%s has the same id, and one resource is one part of the stack", taken[kind+id])
		}
		taken[kind+id] = field
	}
}

// naming says which key gives another name to what is imported.
var naming = map[string]string{
	TypeECSCluster: ". clusterName of the cluster gives another",
	TypeRole:       ". taskRoleName and executionRoleName of a service give another",
}

// noSuchImport says which resources of the type the stack has.
func noSuchImport(name, kind string, importable map[string]string) string {
	all := slices.Sorted(maps.Keys(importable))
	same := slices.DeleteFunc(slices.Clone(all), func(one string) bool { return !strings.HasPrefix(one, kind+"::") })
	if kind == "aws:ecs/service:Service" {
		return "a service is taken over with its own key import (docs/adoption.md)"
	}
	if len(same) > 0 {
		return "the stack makes no such resource" + problem.DidYouMean(name, same) + "; of this type it makes " + strings.Join(same, ", ")
	}
	var kinds []string
	for _, one := range all {
		kind, _, _ := strings.Cut(one, "::")
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return "give the end of the URN, TYPE::NAME. Of this stack these types are imported: " + strings.Join(slices.Compact(kinds), ", ")
}

// ImportsOfVPC are the imports of the parts of an account's VPC.
func (c Config) ImportsOfVPC(account string) map[string]string {
	parts := map[string]string{}
	for _, name := range c.VPCParts(account) {
		if id := c.Imports[name]; id != "" {
			parts[name] = id
		}
	}
	return parts
}
