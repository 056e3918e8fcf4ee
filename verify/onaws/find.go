package onaws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/verify/onaws/connect"
	"ambient-ecs/verify/repair"
	"ambient-ecs/verify/stack"
)

// Finder lists what AWS has, by commands of the AWS CLI that describe, get and list.
type Finder struct {
	// CLI runs the AWS CLI. Nil: the one on PATH.
	CLI func(ctx context.Context, environment []string, args ...string) ([]byte, error)
}

// listing says how resources of one type are listed. In commands and ids, ${install} is the value of the install's tag, ${region} and
// ${account} are those of the account, ${item} is an item of the list, ${tail} what follows its last slash, and another name is a wanted value.
type listing struct {
	// command lists items, which are at list in its answer. key is an item's own id, "" where the item is the id.
	command, list, key string
	// detail asks for one item, which is at one in its answer. Empty: the list says everything.
	detail, one string
	// id is the id for an import, "" for the key.
	id string
	// values are paths into an item, by Pulumi's names. tags is the path of its tags, state that of its state.
	values      map[string]string
	tags, state string
}

// ec2 lists resources that carry the install's tag. more are further filters.
func ec2Listing(operation, list, key string, values map[string]string, more ...string) listing {
	option := "--filters"
	if operation == "nat-gateways" || operation == "flow-logs" {
		option = "--filter"
	}
	command := "ec2 describe-" + operation + " " + option + " Name=tag:" + repair.InstallTag + ",Values=${install}"
	return listing{command: strings.Join(append([]string{command}, more...), " "), list: list, key: key, values: values, tags: "Tags", state: "State"}
}

// in is the listing with another path of the state.
func (l listing) in(state string) listing { l.state = state; return l }

type paths = map[string]string

const zoneType = "aws:route53/zone:Zone"

// ruleListing lists the rules of one direction.
var ruleListing = ec2Listing("security-group-rules", "SecurityGroupRules", "SecurityGroupRuleId", paths{
	"securityGroupId": "GroupId", "ipProtocol": "IpProtocol", "fromPort": "FromPort", "toPort": "ToPort", "cidrIpv4": "CidrIpv4",
	"cidrIpv6": "CidrIpv6", "prefixListId": "PrefixListId", "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId", "egress": "IsEgress",
}, "Name=group-id,Values=${securityGroupId}")

// listings are by type (https://docs.aws.amazon.com/cli/latest/reference/, 2026-11-29).
var listings = map[string]listing{
	"aws:ec2/vpc:Vpc":                         ec2Listing("vpcs", "Vpcs", "VpcId", paths{"cidrBlock": "CidrBlock"}),
	"aws:ec2/subnet:Subnet":                   ec2Listing("subnets", "Subnets", "SubnetId", paths{"vpcId": "VpcId", "cidrBlock": "CidrBlock"}),
	"aws:ec2/internetGateway:InternetGateway": ec2Listing("internet-gateways", "InternetGateways", "InternetGatewayId", nil),
	"aws:ec2/eip:Eip":                         ec2Listing("addresses", "Addresses", "AllocationId", paths{"domain": "Domain"}),
	"aws:ec2/natGateway:NatGateway": ec2Listing("nat-gateways", "NatGateways", "NatGatewayId",
		paths{"subnetId": "SubnetId", "allocationId": "NatGatewayAddresses.0.AllocationId"}, "Name=state,Values=pending,available"),
	"aws:ec2/routeTable:RouteTable": ec2Listing("route-tables", "RouteTables", "RouteTableId", paths{"vpcId": "VpcId"}),
	"aws:ec2/vpcEndpoint:VpcEndpoint": ec2Listing("vpc-endpoints", "VpcEndpoints", "VpcEndpointId",
		paths{"vpcId": "VpcId", "serviceName": "ServiceName"}, "Name=vpc-endpoint-state,Values=pending,available"),
	"aws:ec2/vpcEndpointService:VpcEndpointService": ec2Listing("vpc-endpoint-service-configurations", "ServiceConfigurations", "ServiceId", nil).in("ServiceState"),
	// Route 53 is in one region, and ends names with a dot.
	zoneType: {
		command: "resourcegroupstaggingapi get-resources --region us-east-1 --resource-type-filters route53:hostedzone --tag-filters Key=" + repair.InstallTag + ",Values=${install}",
		list:    "ResourceTagMappingList", key: "ResourceARN", tags: "Tags",
		detail: "route53 get-hosted-zone --id ${tail}", one: "HostedZone", id: "${tail}", values: paths{"name": "Name"},
	},
	"aws:ec2/flowLog:FlowLog": ec2Listing("flow-logs", "FlowLogs", "FlowLogId",
		paths{"vpcId": "ResourceId", "trafficType": "TrafficType", "logDestination": "LogDestination"}),
	"aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ec2Listing("vpc-peering-connections", "VpcPeeringConnections", "VpcPeeringConnectionId",
		paths{"vpcId": "RequesterVpcInfo.VpcId", "peerVpcId": "AccepterVpcInfo.VpcId"}, "Name=status-code,Values=pending-acceptance,provisioning,active").in("Status.Code"),
	"aws:ec2transitgateway/transitGateway:TransitGateway": ec2Listing("transit-gateways", "TransitGateways", "TransitGatewayId",
		paths{"description": "Description"}, "Name=state,Values=pending,available"),
	"aws:ec2transitgateway/vpcAttachment:VpcAttachment": ec2Listing("transit-gateway-vpc-attachments", "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId",
		paths{"transitGatewayId": "TransitGatewayId", "vpcId": "VpcId"}, "Name=state,Values=pending,pendingAcceptance,available"),
	"aws:ec2transitgateway/peeringAttachment:PeeringAttachment": ec2Listing("transit-gateway-peering-attachments", "TransitGatewayPeeringAttachments", "TransitGatewayAttachmentId",
		paths{"transitGatewayId": "RequesterTgwInfo.TransitGatewayId", "peerTransitGatewayId": "AccepterTgwInfo.TransitGatewayId"}, "Name=state,Values=pendingAcceptance,available"),
	"aws:ec2/securityGroup:SecurityGroup":                       ec2Listing("security-groups", "SecurityGroups", "GroupId", paths{"vpcId": "VpcId", "name": "GroupName"}),
	"aws:ec2/launchTemplate:LaunchTemplate":                     ec2Listing("launch-templates", "LaunchTemplates", "LaunchTemplateId", paths{"name": "LaunchTemplateName"}),
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ruleListing,
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   ruleListing,
	"aws:kms/key:Key": {
		command: "resourcegroupstaggingapi get-resources --resource-type-filters kms:key --tag-filters Key=" + repair.InstallTag + ",Values=${install}",
		list:    "ResourceTagMappingList", key: "ResourceARN", tags: "Tags",
		detail: "kms describe-key --key-id ${item}", one: "KeyMetadata", id: "${KeyId}", values: paths{"description": "Description", "KeyId": "KeyId"},
	},
	"aws:ram/resourceShare:ResourceShare": {
		command: "resourcegroupstaggingapi get-resources --resource-type-filters ram:resource-share --tag-filters Key=" + repair.InstallTag + ",Values=${install}",
		list:    "ResourceTagMappingList", key: "ResourceARN", tags: "Tags",
		detail: "ram get-resource-shares --resource-owner SELF --resource-share-arns ${item}", one: "resourceShares.0", id: "${item}", values: paths{"name": "name"}, state: "status",
	},
	"aws:ram/resourceAssociation:ResourceAssociation": {
		command: "ram get-resource-share-associations --association-type RESOURCE --resource-share-arns ${resourceShareArn}", list: "resourceShareAssociations",
		key: "associatedEntity", values: paths{"resourceShareArn": "resourceShareArn", "resourceArn": "associatedEntity"}, state: "status",
	},
	"aws:ram/principalAssociation:PrincipalAssociation": {
		command: "ram get-resource-share-associations --association-type PRINCIPAL --resource-share-arns ${resourceShareArn}", list: "resourceShareAssociations",
		key: "associatedEntity", values: paths{"resourceShareArn": "resourceShareArn", "principal": "associatedEntity"}, state: "status",
	},
	"aws:eks/addon:Addon": {
		command: "eks list-addons --cluster-name ${clusterName}", list: "addons",
		detail: "eks describe-addon --cluster-name ${clusterName} --addon-name ${item}", one: "addon",
		values: paths{"clusterName": "clusterName", "addonName": "addonName"}, tags: "tags", state: "status",
	},
	"aws:ecs/cluster:Cluster": {
		command: "ecs describe-clusters --clusters ${name}", list: "clusters", key: "clusterName", values: paths{"name": "clusterName"}, state: "status",
	},
	"aws:ecs/service:Service": {
		command: "ecs describe-services --cluster ${cluster} --services ${name}", list: "services", key: "serviceArn",
		values: paths{"cluster": "clusterArn", "name": "serviceName"}, state: "deployments.0.rolloutState",
	},
	"aws:ecs/taskDefinition:TaskDefinition": {
		command: "ecs list-task-definitions --status ACTIVE --family-prefix ${family}", list: "taskDefinitionArns",
		detail: "ecs describe-task-definition --include TAGS --task-definition ${item}", values: paths{"family": "taskDefinition.family"}, tags: "tags",
	},
	"aws:iam/rolePolicy:RolePolicy": {
		command: "iam list-role-policies --role-name ${role}", list: "PolicyNames", id: "${role}:${item}",
		detail: "iam get-role-policy --role-name ${role} --policy-name ${item}", values: paths{"role": "RoleName", "policy": "PolicyDocument"},
	},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation": {
		command: "eks list-pod-identity-associations --cluster-name ${clusterName} --namespace ${namespace} --service-account ${serviceAccount}",
		list:    "associations", key: "associationId", id: "${clusterName},${item}",
		detail: "eks describe-pod-identity-association --cluster-name ${clusterName} --association-id ${item}", one: "association",
		values: paths{"clusterName": "clusterName", "namespace": "namespace", "serviceAccount": "serviceAccount"}, tags: "tags",
	},
	"aws:cloudwatch/queryDefinition:QueryDefinition": {
		command: "logs describe-query-definitions --query-definition-name-prefix ${name}", list: "queryDefinitions", key: "queryDefinitionId",
		id: "arn:${partition}:logs:${region}:${account}:query-definition:${item}", values: paths{"name": "name"},
	},
}

// Find implements repair.Finder.
func (f Finder) Find(ctx context.Context, q repair.Query) ([]repair.Found, error) {
	l, known := listings[q.Type]
	if !known {
		return nil, errors.New("no command lists this type")
	}
	environment, err := environment(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	ask := func(command string, names map[string]string) (answer map[string]any, err error) {
		var args []string
		for word := range strings.FieldsSeq(command) {
			args = append(args, expand(word, q, names))
		}
		cli := f.CLI
		if cli == nil {
			cli = runCLI
		}
		out, err := cli(ctx, environment, append(args, "--output", "json")...)
		if err == nil {
			err = json.Unmarshal(out, &answer)
		}
		return answer, err
	}
	answer, err := ask(l.command, nil)
	if err != nil {
		return nil, err
	}
	var found []repair.Found
	items, _ := at(answer, l.list).([]any)
	for _, item := range items {
		names := map[string]string{"item": show(at(item, l.key))}
		names["tail"] = lastPart(names["item"])
		one := repair.Found{Values: map[string]string{}, Tags: tagsOf(at(item, l.tags))}
		if l.detail != "" {
			if answer, err = ask(l.detail, names); err != nil {
				return nil, err
			}
			item = at(answer, l.one)
			for key, value := range tagsOf(at(item, l.tags)) {
				one.Tags[key] = value
			}
		}
		if strings.HasPrefix(show(at(item, "KeyState")), "Pending") {
			continue // a key that waits for its deletion
		}
		for key, path := range l.values {
			one.Values[key] = show(at(item, path))
		}
		if q.Type == zoneType {
			one.Values["name"] = strings.TrimSuffix(one.Values["name"], ".")
		}
		if egress, rule := one.Values["egress"]; rule && (egress == "true") != strings.Contains(q.Type, "Egress") {
			continue
		}
		if one.Values["ipProtocol"] == "-1" {
			// A rule for every protocol has no ports. The API gives both as -1.
			one.Values["fromPort"], one.Values["toPort"] = q.Want["fromPort"], q.Want["toPort"]
		}
		if l.state != "" {
			one.State = show(at(item, l.state))
		}
		names["KeyId"] = one.Values["KeyId"]
		if one.ID = names["item"]; l.id != "" {
			one.ID = expand(l.id, q, names)
		}
		found = append(found, one)
	}
	return found, nil
}

// environment has the credentials by which the stack's provider reaches an account.
func environment(ctx context.Context, a repair.Account) ([]string, error) {
	const key = "the account"
	accounts, err := connect.OpenAccounts(ctx, &stack.Stack{Region: a.Region, Accounts: map[string]stack.Account{
		key: {ID: a.ID, Profile: a.Profile, RoleARN: a.Role, ExternalID: a.ExternalID, SessionName: a.Session},
	}})
	if err != nil {
		return nil, err
	}
	if err := accounts.Check(ctx, key); err != nil {
		return nil, err
	}
	return accounts.Environment(ctx, key, "")
}

func expand(template string, q repair.Query, names map[string]string) string {
	return os.Expand(template, func(name string) string {
		switch name {
		case "install":
			return q.Install
		case "region":
			return q.Account.Region
		case "account":
			return q.Account.ID
		case "partition":
			return quota.Partition(q.Account.Region)
		}
		if value, set := names[name]; set {
			return value
		}
		return q.Want[name]
	})
}

// at is the value at a path such as "Attachments.0.VpcId". An empty path is the value itself.
func at(value any, path string) any {
	if path == "" {
		return value
	}
	for key := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// show is a value as text. The CLI prints a policy document as an object.
func show(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case map[string]any:
		text, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(value)
}

// tagsOf reads tags in each of the forms that AWS has for them.
func tagsOf(value any) map[string]string {
	tags := map[string]string{}
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			tags[key] = show(v)
		}
	case []any:
		for _, one := range value {
			for _, form := range [][2]string{{"Key", "Value"}, {"key", "value"}} {
				if key := show(at(one, form[0])); key != "" {
					tags[key] = show(at(one, form[1]))
				}
			}
		}
	}
	return tags
}
