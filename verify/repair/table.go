package repair

import "strings"

// Row says how a resource of one type is found again. One of ID, Unique, Again and Nothing is set.
type Row struct {
	// ID is the id by which the type is imported, over the inputs and the provider's account, region and partition. "${cluster|name}"
	// is what follows the last slash. The formats are those of the section Import of the type in the Pulumi registry (pulumi-aws
	// 6.83.4, 2026-11-29).
	ID string
	// Unique are the inputs that tell a resource of the type from all others. Only AWS knows its id: a Finder lists the resources.
	Unique []string
	// Parent is an input that names a resource of the state. Types without tags have one, to show whose they are. "provider" means
	// the cluster.
	Parent string
	// Ready is an output with the value that it has once the resource can be used: "status=ACTIVE".
	Ready string
	// Half says that one that is not ready never will be, so that it has to be removed.
	Half bool
	// States are AWS's words for the states in which the resource can be used, where the provider does not read the state. A Finder does. Note is
	// what to say of one in another state that is taken all the same.
	States []string
	Note   string
	// Secret are the inputs that may hold a secret, because the provider reads them back under the same name, or not at all.
	Secret []string
	// Again says why it does no harm to make the resource a second time. Nothing says why there is nothing to find.
	Again, Nothing string
}

// tagged: types without a parent carry the tag of the install.
func (r Row) tagged() bool { return r.Parent == "" }

var rule = []string{"securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}

// Table has a row for each type that the program makes, itself or by pulumi-eks.
var Table = map[string]Row{
	"aws:ec2/eip:Eip":                               {Unique: []string{"domain"}},
	"aws:ec2/flowLog:FlowLog":                       {Unique: []string{"vpcId", "trafficType", "logDestination"}},
	"aws:ec2/internetGateway:InternetGateway":       {Unique: []string{}},
	"aws:ec2/launchTemplate:LaunchTemplate":         {Unique: []string{"name"}},
	"aws:ec2/natGateway:NatGateway":                 {Unique: []string{"subnetId", "allocationId"}, States: []string{"available"}},
	"aws:ec2/routeTable:RouteTable":                 {Unique: []string{"vpcId"}},
	"aws:ec2/securityGroup:SecurityGroup":           {Unique: []string{"vpcId", "name"}},
	"aws:ec2/subnet:Subnet":                         {Unique: []string{"vpcId", "cidrBlock"}, States: []string{"available"}},
	"aws:ec2/vpc:Vpc":                               {Unique: []string{"cidrBlock"}, States: []string{"available"}},
	"aws:ec2/vpcEndpoint:VpcEndpoint":               {Unique: []string{"vpcId", "serviceName"}, States: []string{"available", "pendingAcceptance"}},
	"aws:ec2/vpcEndpointService:VpcEndpointService": {Unique: []string{}, States: []string{"Available"}},
	"aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": {Again: "the service lists a principal once"},
	"aws:route53/zone:Zone":                                                     {Unique: []string{"name"}},
	"aws:route53/record:Record":                                                 {ID: "${zoneId}_${name}_${type}", Parent: "zoneId"},
	"aws:ec2/vpcPeeringConnection:VpcPeeringConnection":                         {Unique: []string{"vpcId", "peerVpcId"}, States: []string{"active", "pending-acceptance"}},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":                   {Unique: rule},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":                 {Unique: rule},
	"aws:ecs/taskDefinition:TaskDefinition":                                     {Unique: []string{"family"}, Secret: []string{"containerDefinitions"}},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation":                     {Unique: []string{"clusterName", "namespace", "serviceAccount"}},
	"aws:kms/key:Key":                                                           {Unique: []string{"description"}},
	"aws:cloudwatch/queryDefinition:QueryDefinition":                            {Unique: []string{"name"}, Parent: "logGroupNames"},
	"aws:ec2/route:Route":                                                       {ID: "${routeTableId}_${destinationCidrBlock}", Parent: "routeTableId"},
	"aws:ec2/routeTableAssociation:RouteTableAssociation":                       {ID: "${subnetId}/${routeTableId}", Parent: "routeTableId"},
	"aws:cloudwatch/logGroup:LogGroup":                                          {ID: "${name}"},
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":                            {ID: "${logGroupName}:${name}", Parent: "logGroupName"},
	"aws:ssm/parameter:Parameter":                                               {ID: "${name}"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":                                    {ID: "${name}"},
	"aws:sns/topic:Topic":                                                       {ID: "arn:${partition}:sns:${region}:${account}:${name}"},
	"aws:iam/role:Role":                                                         {ID: "${name}"},
	"aws:iam/rolePolicy:RolePolicy":                                             {Unique: []string{"role", "policy"}, Parent: "role"},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                         {ID: "${role}/${policyArn}", Parent: "role"},
	"aws:iam/policy:Policy":                                                     {ID: "arn:${partition}:iam::${account}:policy${path}${name}"},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider":                       {ID: "arn:${partition}:iam::${account}:oidc-provider/${url|host}"},
	"aws:kms/alias:Alias":                                                       {ID: "${name}", Parent: "targetKeyId"},
	"aws:eks/cluster:Cluster":                                                   {ID: "${name}", Ready: "status=ACTIVE"},
	"aws:eks/nodeGroup:NodeGroup":                                               {ID: "${clusterName}:${nodeGroupName}", Ready: "status=ACTIVE"},
	"aws:eks/addon:Addon":                                                       {ID: "${clusterName}:${addonName}", States: []string{"ACTIVE"}},
	"aws:eks/accessEntry:AccessEntry":                                           {ID: "${clusterName}:${principalArn}"},
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation":                   {ID: "${clusterName}#${principalArn}#${policyArn}", Parent: "clusterName"},
	"aws:ecs/cluster:Cluster":                                                   {ID: "${name}", States: []string{"ACTIVE"}},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders":                 {ID: "${clusterName}", Parent: "clusterName"},
	"aws:ecs/service:Service":                                                   {ID: "${cluster|name}/${name}", States: []string{"COMPLETED"}, Note: "and its tasks are not all steady: run `ambient doctor` after the next `pulumi up`"},
	"aws:scheduler/scheduleGroup:ScheduleGroup":                                 {ID: "${name}"},
	"aws:scheduler/schedule:Schedule":                                           {ID: "${groupName}/${name}", Parent: "groupName"},
	"aws:appautoscaling/target:Target":                                          {ID: "${serviceNamespace}/${resourceId}/${scalableDimension}"},
	"aws:appautoscaling/policy:Policy":                                          {ID: "${serviceNamespace}/${resourceId}/${scalableDimension}/${name}", Parent: "resourceId"},
	"kubernetes:helm.sh/v3:Release":                                             {ID: "${namespace}/${name}", Parent: "provider", Ready: "status.status=deployed", Half: true, Secret: []string{"repositoryOpts"}},
	"aws:appautoscaling/scheduledAction:ScheduledAction":                        {Again: "PutScheduledAction replaces the action of the same name"},
	"aws:ecs/tag:Tag":                                                           {Again: "TagResource sets the same tag again"},
	"aws:sns/topicSubscription:TopicSubscription":                               {Again: "Subscribe answers with the subscription that is there"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":                         {Again: "the group comes with its VPC, only its rules are taken away"},
	"aws:ec2/peeringConnectionOptions:PeeringConnectionOptions":                 {Again: "the options are set on the peering itself"},
	"aws:ec2transitgateway/transitGateway:TransitGateway":                       {Unique: []string{"description"}, States: []string{"available"}},
	"aws:ec2transitgateway/vpcAttachment:VpcAttachment":                         {Unique: []string{"transitGatewayId", "vpcId"}, States: []string{"available", "pendingAcceptance"}},
	"aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter":         {Again: "the attachment itself is accepted, once"},
	"aws:ec2transitgateway/peeringAttachment:PeeringAttachment":                 {Unique: []string{"transitGatewayId", "peerTransitGatewayId"}, States: []string{"available", "pendingAcceptance"}},
	"aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter": {Again: "the attachment itself is accepted, once"},
	"aws:ec2transitgateway/route:Route":                                         {ID: "${transitGatewayRouteTableId}_${destinationCidrBlock}", Parent: "transitGatewayAttachmentId"},
	"aws:ram/resourceShare:ResourceShare":                                       {Unique: []string{"name"}, States: []string{"ACTIVE"}},
	"aws:ram/resourceAssociation:ResourceAssociation":                           {ID: "${resourceShareArn},${resourceArn}", Parent: "resourceShareArn", States: []string{"ASSOCIATED"}},
	"aws:ram/principalAssociation:PrincipalAssociation":                         {ID: "${resourceShareArn},${principal}", Parent: "resourceShareArn", States: []string{"ASSOCIATED"}},
	"aws:ram/resourceShareAccepter:ResourceShareAccepter":                       {ID: "${shareArn}", Parent: "shareArn"},
	"aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter":         {Again: "the peering itself is accepted, once"},
}

// rowOf is the row of a type. Whole families of types share one.
func rowOf(p Pending) (Row, bool) {
	switch {
	case strings.HasPrefix(p.Type, "pulumi:providers:"):
		return Row{Nothing: "a provider exists only in the engine"}, true
	case p.resource["custom"] != true:
		return Row{Nothing: "a component exists only in the engine"}, true
	}
	row, ok := Row{}, false
	if row, ok = Table[p.Type]; !ok && strings.HasPrefix(p.Type, "kubernetes:") {
		return Row{Again: "the API server applies the same object under the same name"}, true
	}
	return row, ok
}
