package policy

import (
	"slices"
	"strings"

	"ambient-ecs/iam/actions"
)

// rule says on which resources, and under which conditions, some of a deployer's actions are allowed.
// Every action of Needs is covered by at least one rule.
type rule struct {
	policy   PolicyName
	sid      string
	homeOnly bool
	// applies says which deployers have the rule. Nil: all.
	applies func(Deployer) bool
	// covers says which of the deployer's actions are allowed. denies are actions that are denied instead.
	covers    func(action string) bool
	denies    []string
	resources func(Deployer, AccountKind) []string
	condition func(Deployer, AccountKind) Condition
}

// creations make an EC2 resource with its tags in one call.
var creations = ec2(
	"AllocateAddress", "CreateFlowLogs", "CreateInternetGateway", "CreateLaunchTemplate", "CreateNatGateway", "CreateRouteTable",
	"CreateSecurityGroup", "CreateSubnet", "CreateVpc", "CreateVpcEndpoint", "CreateVpcPeeringConnection",
)

var authorizations = ec2("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress")

// ecsWithoutResource are the actions that ECS decides for no resource.
var ecsWithoutResource = ecs("DeregisterTaskDefinition", "DescribeTaskDefinition", "ListClusters")

// newKey are the actions that follow a key's creation within minutes. KMS may take five minutes until a new tag
// counts for authorization, so these actions cannot require the tag.
var newKey = kms("CreateAlias", "CreateGrant", "DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags")

var aliases = kms("CreateAlias", "DeleteAlias", "UpdateAlias")

// rules are in the order of the statements.
var rules = slices.Concat(resourceRules, identityRules, scalingRules, scheduleRules, transitRules, privateLinkRules, observabilityRules, existingRules, namedRules, existingEKSRules, contractRules, teamRules)

// ownLogs covers what is done to log groups, except what is narrowed further.
func ownLogs(a string) bool {
	return strings.HasPrefix(a, "logs:") && a != "logs:DescribeLogGroups" && !slices.Contains(savedQueries, a) && !slices.Contains(metricFilters, a)
}

var resourceRules = []rule{
	{
		policy: NetworkPolicy, sid: "ReadNetwork",
		covers: func(a string) bool {
			return strings.HasPrefix(a, "ec2:Describe") && a != "ec2:DescribeVpcAttribute" && !transits(a) && !links(a)
		},
		resources: everything, condition: inRegion,
	},
	{
		// The condition applies to the new resource, which has tags in the request. It ignores the other resources
		// that the call names, such as the VPC of a new subnet.
		policy: NetworkPolicy, sid: "CreateNetwork",
		covers: oneOf(creations), resources: ec2ARNs("*"),
		condition: when("StringEqualsIfExists", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: NetworkPolicy, sid: "CreateSecurityGroupRules",
		covers: oneOf(authorizations), resources: ec2ARNs("security-group-rule/*"),
		condition: when("StringEqualsIfExists", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: NetworkPolicy, sid: "TagWhatIsCreated",
		covers: is("ec2:CreateTags"), resources: ec2ARNs("*"),
		condition: func(_ Deployer, kind AccountKind) Condition {
			var names Values
			for _, action := range slices.Concat(creations, authorizations, ec2("RunInstances")) {
				if slices.Contains(Actions(kind), action) {
					names = append(names, strings.TrimPrefix(action, "ec2:"))
				}
			}
			return Condition{"StringEquals": {"ec2:CreateAction": names}}
		},
	},
	{
		// The default security group and the accepter's side of a peering exist before the program tags them.
		policy: NetworkPolicy, sid: "AdoptByTag",
		covers: is("ec2:CreateTags"), resources: ec2ARNs("security-group/*", "vpc-peering-connection/*"),
		condition: when("StringEquals", "aws:RequestTag/"+InstallTag),
	},
	{
		// The zone is AWS's own, and no condition tells it from a zone of the account.
		policy: NetworkPolicy, sid: "PrivateDNSOfEndpoints",
		covers: is(actions.AssociateZone),
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{Place{Partition: d.Place.Partition}.ARN("route53", "hostedzone/*"), d.Place.ARN("ec2", "vpc/*")}
		},
	},
	{
		policy: NetworkPolicy, sid: "AcceptPeering",
		covers: is("ec2:AcceptVpcPeeringConnection"), resources: ec2ARNs("vpc-peering-connection/*"),
	},
	{
		// The address is ours, but the interface that it may still be bound to is the NAT gateway's.
		policy: NetworkPolicy, sid: "ReleaseAddresses",
		covers: is("ec2:DisassociateAddress"), resources: ec2ARNs("elastic-ip/*", "network-interface/*"),
	},
	{
		policy: NetworkPolicy, sid: "ManageOwnNetwork",
		covers: func(a string) bool {
			return strings.HasPrefix(a, "ec2:") &&
				(a == "ec2:DescribeVpcAttribute" || !strings.HasPrefix(a, "ec2:Describe")) &&
				!slices.Contains(creations, a) &&
				!slices.Contains(ec2("DisassociateAddress", "RunInstances"), a) && !transits(a) && !links(a)
		},
		resources: ec2ARNs("*"), condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
	{
		// A VPC that another account shares is that account's in its ARN.
		policy: NetworkPolicy, sid: "UseNamedNetwork",
		applies: func(d Deployer) bool { return d.VPC != "" },
		covers:  oneOf(ec2("CreateSecurityGroup", "DescribeVpcAttribute")),
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.anyAccount().ARN("ec2", "vpc/"+d.VPC)}
		},
	},
	{
		policy: NetworkPolicy, sid: "RoutesInNamedTables",
		applies: func(d Deployer) bool { return len(d.RouteTables) > 0 },
		covers:  oneOf(ec2("CreateRoute", "DeleteRoute", "ReplaceRoute")),
		resources: func(d Deployer, _ AccountKind) (arns []string) {
			for _, id := range d.RouteTables {
				arns = append(arns, d.Place.ARN("ec2", "route-table/"+id))
			}
			return arns
		},
	},
	{
		// EKS makes this group and tags it for the cluster. Direct reach opens a port in it.
		policy: NetworkPolicy, sid: "ClusterSecurityGroup", homeOnly: true,
		covers:    oneOf(groupRules),
		resources: ec2ARNs("security-group/*"),
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"StringEquals": {"aws:ResourceTag/kubernetes.io/cluster/" + d.Install: {"owned"}}}
		},
	},
	{
		policy: NetworkPolicy, sid: "LaunchNodesFromTemplate", homeOnly: true,
		covers: is("ec2:RunInstances"),
		resources: func(d Deployer, _ AccountKind) []string {
			images := d.Place
			images.Account = ""
			return []string{d.Place.ARN("ec2", "*"), images.ARN("ec2", "image/*")}
		},
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"ArnLike": {"ec2:LaunchTemplate": {d.Place.ARN("ec2", "launch-template/*")}}}
		},
	},

	{
		policy: WorkloadPolicy, sid: "ECSWithoutResource",
		covers: oneOf(ecsWithoutResource), resources: everything, condition: inRegion,
	},
	{
		policy: WorkloadPolicy, sid: "OwnECS",
		covers: func(a string) bool {
			return strings.HasPrefix(a, "ecs:") && !slices.Contains(ecsWithoutResource, a)
		},
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{
				d.Place.ARN("ecs", "cluster/"+d.Install+"-*"),
				d.Place.ARN("ecs", "service/"+d.Install+"-*"),
				d.Place.ARN("ecs", "service-deployment/"+d.Install+"-*"),
				d.Place.ARN("ecs", "task-definition/"+d.Install+"-*"),
			}
		},
	},
	{
		policy: WorkloadPolicy, sid: "ListLogGroups",
		covers: is("logs:DescribeLogGroups"), resources: everything, condition: inRegion,
	},
	{
		policy: WorkloadPolicy, sid: "OwnLogGroups",
		covers: ownLogs,
		resources: func(d Deployer, kind AccountKind) []string {
			groups := []string{
				d.Place.ARN("logs", "log-group:/ecs/"+d.Install+"-*"),
				d.Place.ARN("logs", "log-group:/vpc/"+d.Install+"-*"),
				d.Place.ARN("logs", "log-group:/aws/ecs/containerinsights/"+d.Install+"-*"),
			}
			if kind == HomeAccount {
				groups = append(groups, d.Place.ARN("logs", "log-group:/aws/eks/"+d.Install+"/*"))
			}
			return groups
		},
	},
	{
		policy: WorkloadPolicy, sid: "CreateTagged",
		covers: oneOf([]string{"eks:CreateCluster", "kms:CreateKey"}), resources: everything,
		condition: func(d Deployer, _ AccountKind) Condition {
			return Condition{"StringEquals": {"aws:RequestTag/" + InstallTag: {d.Install}, "aws:RequestedRegion": {d.Place.Region}}}
		},
	},
	{
		policy: WorkloadPolicy, sid: "ReadCatalogues",
		covers: oneOf(append(quotas("GetAWSDefaultServiceQuota", "GetServiceQuota"), "eks:DescribeAddonVersions", "kms:ListAliases")), resources: everything, condition: inRegion,
	},
	{
		policy: WorkloadPolicy, sid: "OwnEKS", homeOnly: true,
		covers: func(a string) bool {
			return strings.HasPrefix(a, "eks:") && !slices.Contains(eks("CreateCluster", "DescribeAddonVersions"), a)
		},
		resources: func(d Deployer, _ AccountKind) []string {
			arns := []string{d.Place.ARN("eks", "cluster/"+d.Install)}
			for _, kind := range []string{"access-entry", "addon", "nodegroup", "podidentityassociation"} {
				arns = append(arns, d.Place.ARN("eks", kind+"/"+d.Install+"/*"))
			}
			return arns
		},
	},
	{
		policy: WorkloadPolicy, sid: "OwnAlias",
		covers: oneOf(aliases),
		resources: func(d Deployer, kind AccountKind) []string {
			all := []string{d.Place.ARN("kms", "alias/"+d.Install+"-*")}
			if kind == HomeAccount {
				all = append(all, d.Place.ARN("kms", "alias/eks/"+d.Install))
			}
			return all
		},
	},
	{
		policy: WorkloadPolicy, sid: "UseNewKey",
		covers: oneOf(newKey), resources: keys,
	},
	{
		policy: WorkloadPolicy, sid: "TagNewKey",
		covers: is("kms:TagResource"), resources: keys, condition: when("StringEquals", "aws:RequestTag/"+InstallTag),
	},
	{
		policy: WorkloadPolicy, sid: "OwnKeys",
		covers: func(a string) bool {
			return strings.HasPrefix(a, "kms:") && !slices.Contains(newKey, a) && !slices.Contains(kms("CreateKey", "ListAliases"), a)
		},
		resources: keys, condition: when("StringEquals", "aws:ResourceTag/"+InstallTag),
	},
}
