package aws

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/sandbox/world"
)

// function is a look-up of resources of one type. It answers with the properties of the only one, or with a list.
type function struct {
	// kind is the type that it looks for, and by are the properties that each argument is compared with.
	kind string
	by   map[string]string
	// list is the output that holds a property of each resource that was found, listed is that property. Empty: the
	// function answers with one resource.
	list, listed string
	// blocks are the properties that are one block in a resource, by the output that is a list of them here.
	blocks map[string]string
	// unwraps is like blocks, for a block inside each element of a list: "blockDeviceMappings" → "ebs".
	unwraps map[string]string
	// missing is the provider's error where nothing is found. It is a template over the arguments: ${name}.
	missing string
	// several is the message of a look-up of one where there are more. Empty: the same.
	several string
	// sees are the resources as the caller's account sees them. Nil means the account's own resources.
	sees func(c *call) []*world.Resource
	// finds are the resources that the arguments mean, where by does not say it.
	finds func(c *call) []*world.Resource
	// adds puts what only the function shows into the answer.
	adds func(c *call, res *world.Resource, answer map[string]any)
}

// functions is the table.
var functions = map[string]function{
	"aws:iam/getRole:getRole": {
		kind: roleKind, by: map[string]string{"name": "name"}, missing: "reading IAM Role (${name}): couldn't find resource",
	},
	"aws:eks/getCluster:getCluster": {
		kind: eksClusterKind, by: map[string]string{"name": "name"}, missing: "reading EKS Cluster (${name}): couldn't find resource",
		blocks: map[string]string{"accessConfigs": "accessConfig", "kubernetesNetworkConfigs": "kubernetesNetworkConfig", "upgradePolicies": "upgradePolicy"},
	},
	"aws:eks/getAddon:getAddon": {
		kind: eksAddonKind, by: map[string]string{"clusterName": "clusterName", "addonName": "addonName"}, missing: "reading EKS Add-On (${clusterName}:${addonName}): couldn't find resource",
	},
	"aws:eks/getAccessEntry:getAccessEntry": {
		kind: eksAccessEntryKind, by: map[string]string{"clusterName": "clusterName", "principalArn": "principalArn"},
		missing: "reading EKS Access Entry (${clusterName}:${principalArn}): couldn't find resource",
	},
	"aws:eks/getNodeGroups:getNodeGroups": {
		kind: eksNodeGroupKind, by: map[string]string{"clusterName": "clusterName"}, list: "names", listed: "nodeGroupName",
	},
	"aws:eks/getNodeGroup:getNodeGroup": {
		kind: eksNodeGroupKind, by: map[string]string{"clusterName": "clusterName", "nodeGroupName": "nodeGroupName"},
		blocks:  map[string]string{"launchTemplates": "launchTemplate", "scalingConfigs": "scalingConfig"},
		missing: "reading EKS Node Group (${clusterName}:${nodeGroupName}): couldn't find resource",
	},
	"aws:ec2/getLaunchTemplate:getLaunchTemplate": {
		kind: launchTemplateKind, by: map[string]string{"id": ""}, missing: "no matching EC2 Launch Template found",
		blocks: map[string]string{"metadataOptions": "metadataOptions"}, unwraps: map[string]string{"blockDeviceMappings": "ebs"},
	},
	"aws:ec2/getVpcs:getVpcs":                     {kind: vpcKind, list: "ids"},
	"aws:ec2/getVpc:getVpc":                       {kind: vpcKind, by: map[string]string{"id": ""}, missing: "no matching EC2 VPC found", adds: showAssociations},
	"aws:ec2/getSubnets:getSubnets":               {kind: subnetKind, list: "ids"},
	"aws:ec2/getRouteTables:getRouteTables":       {kind: routeTableKind, by: map[string]string{"vpcId": "vpcId"}, list: "ids", sees: tablesSeen},
	"aws:ec2/getSecurityGroups:getSecurityGroups": {kind: securityGroupKind, list: "ids"},
	"aws:ec2/getSecurityGroup:getSecurityGroup":   {kind: securityGroupKind, by: map[string]string{"id": ""}, missing: "no matching EC2 Security Group found"},
	// The rules by which a group lets out are not among them: nobody asks for them.
	"aws:vpc/getSecurityGroupRules:getSecurityGroupRules": {kind: ingressRuleKind, list: "ids"},
	"aws:vpc/getSecurityGroupRule:getSecurityGroupRule": {
		kind: ingressRuleKind, by: map[string]string{"securityGroupRuleId": ""}, missing: "no matching EC2 Security Group Rule found",
	},
	"aws:ec2/getVpcEndpoint:getVpcEndpoint": {
		kind: vpcEndpointKind, by: map[string]string{"vpcId": "vpcId", "serviceName": "serviceName", "state": "state"}, missing: "no matching EC2 VPC Endpoint found",
		several: "multiple EC2 VPC Endpoints matched; use additional constraints to reduce matches to a single EC2 VPC Endpoint",
	},
	"aws:ec2/getSubnet:getSubnet": {kind: subnetKind, by: map[string]string{"id": ""}, missing: "no matching EC2 Subnet found", adds: showFree},
	"aws:ec2/getRouteTable:getRouteTable": {
		kind: routeTableKind, finds: tablesMeant, missing: "query returned no results. Please change your search criteria and try again", adds: showRoutes,
	},
	"aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections": {kind: peeringKind, list: "ids", sees: peeringsSeen},
	"aws:ec2/getVpcPeeringConnection:getVpcPeeringConnection": {
		kind: peeringKind, by: map[string]string{"id": ""}, sees: peeringsSeen, missing: "no matching EC2 VPC Peering Connection found",
	},
	"aws:ec2transitgateway/getTransitGateway:getTransitGateway": {
		kind: transitKind, by: map[string]string{"id": ""}, sees: transitsSeen, missing: "no matching EC2 Transit Gateway found",
	},
	"aws:ec2transitgateway/getVpcAttachment:getVpcAttachment": {
		kind: transitAttachmentKind, by: map[string]string{"id": ""}, missing: "no matching EC2 Transit Gateway VPC Attachment found",
	},
	"aws:ec2transitgateway/getVpcAttachments:getVpcAttachments": {kind: transitAttachmentKind, list: "ids"},
	"aws:ecs/getCluster:getCluster": {
		kind: ecsClusterKind, by: map[string]string{"clusterName": "name"}, missing: "reading ECS Cluster (${clusterName}): couldn't find resource",
		adds: func(_ *call, cluster *world.Resource, answer map[string]any) {
			answer["status"] = cluster.Props["_status"]
		},
	},
	"aws:ecs/getClusters:getClusters": {kind: ecsClusterKind, list: "clusterArns", listed: "arn"},
	"aws:ecs/getTaskDefinition:getTaskDefinition": {
		kind: TaskDefinitionKind, by: map[string]string{"taskDefinition": "arn"}, missing: "reading ECS Task Definition (${taskDefinition}): ClientException: Unable to describe task definition.",
	},
	"aws:cloudwatch/getLogGroup:getLogGroup": {
		kind: logGroupKind, by: map[string]string{"name": "name"}, missing: "reading CloudWatch Logs Log Group (${name}): couldn't find resource",
	},
	"aws:kms/getAlias:getAlias": {
		kind: kmsAliasKind, by: map[string]string{"name": "name"}, missing: "reading KMS Alias (${name}): couldn't find resource",
	},
	"aws:cloudwatch/getLogGroups:getLogGroups": {kind: logGroupKind, finds: logGroupsMeant, list: "logGroupNames", listed: "name"},
	"aws:ssm/getParameter:getParameter": {
		kind: ParameterKind, by: map[string]string{"name": "name"}, missing: "reading SSM Parameter (${name}): couldn't find resource",
	},
	"aws:ecs/getService:getService": {
		kind: ServiceKind, by: map[string]string{"clusterArn": "_cluster", "serviceName": "name"}, missing: "no matching ECS Service found",
	},
}

// Invoke answers the function calls that the program makes.
func (s *session) Invoke(_ context.Context, token string, args map[string]any) (map[string]any, error) {
	if f, known := functions[token]; known {
		return s.lookUp(token, f, args)
	}
	switch token {
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		return s.availabilityZones(args)
	case "aws:index/getRegion:getRegion":
		return map[string]any{"id": s.region, "name": s.region, "endpoint": "ec2." + s.region + "." + dnsSuffix(s.region), "description": s.region}, nil
	case "aws:index/getPartition:getPartition":
		return map[string]any{"id": s.partition, "partition": s.partition, "dnsSuffix": dnsSuffix(s.region), "reverseDnsPrefix": "com.amazonaws"}, nil
	case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
		return s.instanceTypeOfferings(args)
	case "aws:servicequotas/getServiceQuota:getServiceQuota":
		return s.serviceQuota(args)
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return map[string]any{"id": s.account, "accountId": s.account, "arn": s.identity(), "userId": "AIDA" + s.account}, nil
	}
	return nil, fmt.Errorf("the sandbox does not model the AWS function %s", token)
}

// identity is the ARN that GetCallerIdentity returns. For a user it is the user's ARN. For a role it is the ARN of a
// session, which lacks the role's path.
func (s *session) identity() string {
	role, assumed := strings.CutPrefix(ParseARN(s.principal).Resource, "role/")
	if !assumed {
		return s.principal
	}
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", s.partition, s.account, NameOf(role), s.sessionName)
}

// lookUp answers a function of the table.
func (s *session) lookUp(token string, f function, args map[string]any) (answer map[string]any, err error) {
	err = s.world.Look(func(tx *world.Tx) error {
		c := s.call(tx, s.types[f.kind], args)
		c.function = token
		if err := c.permitted(stepRead, &world.Resource{}); err != nil {
			return err
		}
		var found []*world.Resource
		seen := c.each(f.kind, func(r *world.Resource) bool { return r.String("_status") != "INACTIVE" })
		if f.sees != nil {
			seen = f.sees(c)
		}
		if f.finds != nil {
			found, seen = f.finds(c), nil
		}
		for _, res := range seen {
			if matches, err := f.matches(res, args); err != nil {
				return err
			} else if matches {
				found = append(found, res)
			}
		}
		if f.list != "" {
			listed := []any{}
			for _, res := range found {
				listed = append(listed, cmp.Or(res.String(f.listed), res.ID))
			}
			answer = cloneMap(args)
			answer["id"], answer[f.list] = s.region, listed
			return nil
		}
		if len(found) != 1 {
			message := f.missing
			if len(found) > 1 && f.several != "" {
				message = f.several
			}
			for k := range args {
				message = strings.ReplaceAll(message, "${"+k+"}", text(args, k))
			}
			return fmt.Errorf("invoking %s: 1 error occurred:\n\t* %s\n\n", token, message)
		}
		state := cloneMap(found[0].Props)
		if f.sees == nil {
			state = s.state(c, found[0])
		}
		state["id"] = found[0].ID
		if f.adds != nil {
			f.adds(c, found[0], state)
		}
		answer = f.answer(state)
		return nil
	})
	return answer, err
}

// peeringsSeen are the connections of either side with what both sides show, and the tags of this one.
func peeringsSeen(c *call) []*world.Resource {
	var seen []*world.Resource
	for _, p := range c.peerings(func(*world.Resource) bool { return true }) {
		tags := p.Props["tagsAll"]
		if p.Account != c.account || p.Region != c.region {
			tags = map[string]any{}
			if accepter := first(c.each(peeringAccepterKind, Has("vpcPeeringConnectionId", p.ID))); accepter != nil {
				tags = accepter.Props["tagsAll"]
			}
		}
		seen = append(seen, &world.Resource{Account: c.account, Region: c.region, Kind: peeringKind, ID: p.ID, Props: map[string]any{
			"ownerId": p.Account, "peerOwnerId": p.Props["peerOwnerId"], "region": p.Region, "peerRegion": p.Props["peerRegion"],
			"vpcId": p.Props["vpcId"], "peerVpcId": p.Props["peerVpcId"], "status": p.Props["acceptStatus"], "tagsAll": tags,
		}})
	}
	return seen
}

// matches compares a resource with the arguments of a look-up.
func (f function) matches(res *world.Resource, args map[string]any) (bool, error) {
	for _, arg := range sortedKeys(args) {
		property, plain := f.by[arg]
		switch {
		case plain && property == "":
			if res.ID != text(args, arg) {
				return false, nil
			}
		case plain:
			if res.String(property) != text(args, arg) {
				return false, nil
			}
		case arg == "tags":
			for key, value := range object(args, "tags") {
				if at(res.Props, "tagsAll", key) != value {
					return false, nil
				}
			}
		case arg == "filters":
			for _, element := range list(args, "filters") {
				filter, _ := element.(map[string]any)
				if text(filter, "name") == "route.destination-cidr-block" {
					if !slices.ContainsFunc(texts(filter, "values"), func(cidr string) bool { return slices.Contains(texts(res.Props, "_destinations"), cidr) }) {
						return false, nil
					}
					continue
				}
				if key, tagged := strings.CutPrefix(text(filter, "name"), "tag:"); tagged {
					if value, _ := at(res.Props, "tagsAll", key).(string); !slices.Contains(texts(filter, "values"), value) {
						return false, nil
					}
					continue
				}
				value, known := map[string]string{"status-code": res.String("status"), "requester-vpc-info.vpc-id": res.String("vpcId"), "accepter-vpc-info.vpc-id": res.String("peerVpcId"), "state": res.String("_state"), "transit-gateway-attachment-id": res.ID, "route-table-id": res.ID, "vpc-endpoint-type": res.String("vpcEndpointType"), "vpc-id": res.String("vpcId"), "group-id": res.String("securityGroupId"), "cidr": res.String("cidrBlock")}[text(filter, "name")]
				if !known {
					return false, fmt.Errorf("the sandbox does not model the filter %q", text(filter, "name"))
				}
				if !slices.Contains(texts(filter, "values"), value) {
					return false, nil
				}
			}
		default:
			return false, fmt.Errorf("the sandbox does not model the argument %q of a look-up of %s", arg, f.kind)
		}
	}
	return true, nil
}

// answer is a resource's state as the function shows it: all tags together, and single blocks as lists.
func (f function) answer(state map[string]any) map[string]any {
	if all, tagged := state["tagsAll"]; tagged {
		state["tags"] = all
		delete(state, "tagsAll")
	}
	for output, block := range f.blocks {
		if value, set := state[block]; set {
			delete(state, block)
			state[output] = []any{value}
		}
	}
	for property, block := range f.unwraps {
		for _, element := range list(state, property) {
			if fields, ok := element.(map[string]any); ok && fields[block] != nil {
				fields[block] = []any{fields[block]}
			}
		}
	}
	return state
}
