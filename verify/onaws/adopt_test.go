package onaws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/living/compare"
	theirs "ambient-ecs/network/existing"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/onaws/awstest"
)

const (
	adoptedCluster    = "arn:aws:ecs:eu-central-1:111122223333:cluster/Apps"
	webRole           = "arn:aws:iam::111122223333:role/team/web"
	adoptedDefinition = "arn:aws:ecs:eu-central-1:111122223333:task-definition/web:3"
)

// The answers are those of the AWS CLI's reference, shortened (https://docs.aws.amazon.com/cli/latest/reference/, 2026-11-29).
var adoptedAnswers = map[string]string{
	"ec2 describe-vpcs": `{"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16", "IsDefault": true, "Tags": [{"Key": "Name", "Value": "$(reboot)"}],
		"CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}, {"CidrBlock": "100.64.0.0/16", "CidrBlockState": {"State": "associated"}}, {"CidrBlock": "100.65.0.0/16", "CidrBlockState": {"State": "disassociated"}}]}]}`,
	"ec2 describe-subnets": `{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZoneId": "euc1-az1", "AvailableIpAddressCount": 251, "Tags": [{"Key": "Name", "Value": "apps-private-a"}]},
		{"SubnetId": "subnet-2", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZoneId": "euc1-az2", "AvailableIpAddressCount": 7}, {"SubnetId": "subnet-3", "VpcId": "vpc-other"}]}`,
	"ec2 describe-route-tables": `{"RouteTables": [
		{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}]},
		{"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"Main": false, "SubnetId": "subnet-2"}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}, {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}]},
		{"RouteTableId": "rtb-3", "VpcId": "vpc-other", "Associations": [{"Main": true}], "Routes": []}]}`,
	"ec2 describe-transit-gateway-vpc-attachments": `{"TransitGatewayVpcAttachments": [
		{"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "VpcId": "vpc-1", "State": "available"},
		{"TransitGatewayAttachmentId": "tgw-attach-2", "TransitGatewayId": "tgw-2", "VpcId": "vpc-1", "State": "deleted"},
		{"TransitGatewayAttachmentId": "tgw-attach-3", "TransitGatewayId": "tgw-1", "VpcId": "vpc-other", "State": "available"}]}`,
	"ec2 describe-vpc-attribute --vpc-id vpc-1 --attribute enableDnsSupport":   `{"VpcId": "vpc-1", "EnableDnsSupport": {"Value": true}}`,
	"ec2 describe-vpc-attribute --vpc-id vpc-1 --attribute enableDnsHostnames": `{"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": false}}`,
	"ecs list-clusters": `{"clusterArns": ["` + adoptedCluster + `", "arn:gone"]}`,
	"ecs describe-clusters --include TAGS SETTINGS --clusters " + adoptedCluster + " arn:gone": `{"clusters": [
		{"clusterArn": "` + adoptedCluster + `", "clusterName": "Apps", "status": "ACTIVE", "tags": [{"key": "team", "value": "apps"}], "settings": [{"name": "containerInsights", "value": "enhanced"}]},
		{"clusterArn": "arn:gone", "clusterName": "Gone", "status": "INACTIVE"}]}`,
	"ecs list-services --cluster " + adoptedCluster: `{"serviceArns": ["arn:web", "arn:ext", "arn:old"]}`,
	"ecs describe-services --include TAGS --cluster " + adoptedCluster + " --services arn:web arn:ext arn:old": `{"services": [
		{"serviceName": "web", "status": "ACTIVE", "desiredCount": 2, "platformVersion": "1.4.0", "taskDefinition": "` + adoptedDefinition + `", "schedulingStrategy": "REPLICA", "enableExecuteCommand": true,
		 "deploymentController": {"type": "ECS"}, "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150}, "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 1}],
		 "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}},
		 "loadBalancers": [{"targetGroupArn": "arn:tg"}], "serviceRegistries": [{"registryArn": "arn:sd"}], "deployments": [{"serviceConnectConfiguration": {"enabled": true}, "vpcLatticeConfigurations": [{"portName": "http"}]}, {}], "tags": [{"key": "team", "value": "apps"}]},
		{"serviceName": "ext", "status": "ACTIVE", "deploymentController": {"type": "EXTERNAL"}},
		{"serviceName": "old", "status": "INACTIVE"}]}`,
	"ecs describe-task-definition --task-definition " + adoptedDefinition: `{"taskDefinition": {"family": "web", "taskRoleArn": "` + webRole + `", "containerDefinitions": [{"name": "web", "newMember": 1, "environment": [{"name": "A", "value": "b\"$(x)"}]}]}, "tags": []}`,
	"iam get-role --role-name web":                                        `{"Role": {"Arn": "arn:aws:iam::111122223333:role/team/web", "Path": "/team/", "AssumeRolePolicyDocument": {"Version": "2012-10-17"}, "Tags": [{"Key": "team", "Value": "apps"}]}}`,
	"ec2 describe-security-groups --group-ids sg-1": `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "open", "IpPermissions": [
		{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
		{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "IpRanges": [], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]}]}`,
	"cloudformation describe-stack-resources --physical-resource-id arn:aws:ecs:eu-central-1:111122223333:service/Apps/web": `{"StackResources": [{"StackName": "shop-web", "LogicalResourceId": "ServiceD69D759B"}]}`,
	"cloudformation describe-stack-resources --physical-resource-id arn:aws:ecs:eu-central-1:111122223333:service/Apps/ext": "An error occurred (ValidationError) when calling the DescribeStackResources operation: Stack for arn:aws:ecs:eu-central-1:111122223333:service/Apps/ext does not exist",
	"application-autoscaling describe-scalable-targets --service-namespace ecs":                                             `{"ScalableTargets": [{"ResourceId": "service/Apps/web"}]}`,
	"eks list-clusters": `{"clusters": ["platform"]}`,
	"logs describe-log-groups --log-group-name-prefix /ecs/": `{"logGroups": [{"logGroupName": "/ecs/mesh-apps"}]}`,
}

// surveyed reads an account of which the answers are known. The commands are recorded, without what all have.
func surveyed(t *testing.T, answers map[string]string) (facts *adopt.Facts, commands []string, err error) {
	t.Helper()
	awstest.New(t).On("sts:GetCallerIdentity", awstest.Identity("111122223333"))
	s := Surveyor{CLI: func(_ context.Context, environment []string, args ...string) ([]byte, error) {
		if !slices.Contains(environment, "AWS_REGION=eu-central-1") {
			t.Error("the CLI does not know the region")
		}
		command := strings.TrimSuffix(strings.Join(args, " "), " --output json")
		commands = append(commands, command)
		answer, known := answers[command]
		if !known {
			return nil, fmt.Errorf("not recorded: %s", command)
		}
		if strings.HasPrefix(answer, "An error") {
			return nil, errors.New(answer)
		}
		return []byte(answer), nil
	}}
	facts, err = s.Read(context.Background(), adopt.Account{Key: "apps", ID: "111122223333"}, "eu-central-1")
	return facts, commands, err
}

func TestAdoptReadsWhatTheCLIPrints(t *testing.T) {
	facts, commands, err := surveyed(t, adoptedAnswers)
	if err != nil {
		t.Fatal(err)
	}
	service := facts.Clusters[0].Services[0]
	var definition map[string]any
	if err := json.Unmarshal(service.Definition, &definition); err != nil || !strings.Contains(string(service.Definition), `"newMember": 1`) || definition["family"] != "web" {
		t.Errorf("the task definition: %v\n%s", err, service.Definition)
	}
	service.Definition = nil
	if want := (adopt.Service{
		Name: "web", Desired: 2, PlatformVersion: "1.4.0", Exec: true, Healthy: 50, Most: 150, TaskRole: webRole, Stack: "shop-web",
		Import: compare.Import{Controller: "ECS", Providers: []compare.Provider{{Name: "FARGATE_SPOT", Base: 1, Weight: 3}}, Scheduling: "REPLICA", Balancers: 1, Lattices: 1, Registered: true, Connect: true, Subnets: []string{"subnet-1"}, Groups: []string{"sg-1"}, Tags: map[string]string{"team": "apps"}},
	}); !reflect.DeepEqual(service, want) {
		t.Errorf("the service is\n%+v, want\n%+v", service, want)
	}
	if c := facts.Clusters[0]; len(facts.Clusters) != 1 || c.Name != "Apps" || c.ARN != adoptedCluster || !c.Insights || c.Tags["team"] != "apps" || len(c.Services) != 2 || c.Services[1].Controller != "EXTERNAL" {
		t.Errorf("the clusters are %+v", facts.Clusters)
	}
	if want := []adopt.Network{{Default: true, Main: "rtb-1", Tags: map[string]string{"Name": "$(reboot)"}, Names: map[string]string{"subnet-1": "apps-private-a", "subnet-2": ""}, Attachments: map[string]compare.Attachment{"tgw-attach-1": {Gateway: "tgw-1", Carries: true}}, Network: theirs.Network{
		VPC: &theirs.VPC{ID: "vpc-1", Owner: "111122223333", CIDR: "10.0.0.0/16", Secondary: []string{"100.64.0.0/16"}, DNSSupport: true},
		Subnets: map[string]theirs.Subnet{
			"subnet-1": {ID: "subnet-1", VPC: "vpc-1", CIDR: "10.0.0.0/24", ZoneID: "euc1-az1", Table: "rtb-1", Free: 251},
			"subnet-2": {ID: "subnet-2", VPC: "vpc-1", CIDR: "10.0.1.0/24", ZoneID: "euc1-az2", Table: "rtb-2", Free: 7},
		},
		Tables: map[string]theirs.Table{
			"rtb-1": {ID: "rtb-1", VPC: "vpc-1", Routes: []theirs.Route{{CIDR: "0.0.0.0/0", Target: "igw-1"}}},
			"rtb-2": {ID: "rtb-2", VPC: "vpc-1", Routes: []theirs.Route{{CIDR: "0.0.0.0/0", Target: "nat-1"}}},
		},
	}}}; !reflect.DeepEqual(facts.Networks, want) {
		t.Errorf("the networks are\n%+v, want\n%+v", facts.Networks, want)
	}
	if want := map[string]adopt.Group{"sg-1": {Name: "open", Open: []string{"every port", "tcp 80 to 81"}}}; !reflect.DeepEqual(facts.Groups, want) {
		t.Errorf("the groups are %+v", facts.Groups)
	}
	if want := map[string]compare.Role{webRole: {ARN: webRole, Path: "/team/", Trust: `{"Version": "2012-10-17"}`, Tags: map[string]string{"team": "apps"}}}; !reflect.DeepEqual(facts.Roles, want) {
		t.Errorf("the roles are %+v", facts.Roles)
	}
	if !slices.Equal(facts.LogGroups, []string{"/ecs/mesh-apps"}) {
		t.Errorf("the log groups are %v", facts.LogGroups)
	}
	if !slices.Equal(facts.Scaled, []string{"Apps/web"}) || !slices.Equal(facts.ControlPlanes, []string{"platform"}) {
		t.Errorf("scaled are %v, control planes %v", facts.Scaled, facts.ControlPlanes)
	}
	// The record of all calls. None changes anything, and none reads the value of a secret.
	if len(commands) != len(adoptedAnswers) {
		t.Errorf("%d commands ran: %v", len(commands), commands)
	}
	for _, command := range commands {
		words := strings.Fields(command)
		if !strings.HasPrefix(words[1], "describe-") && !strings.HasPrefix(words[1], "get-") && !strings.HasPrefix(words[1], "list-") || words[0] == "secretsmanager" || words[0] == "ssm" || words[0] == "kms" {
			t.Errorf("the command %s ran", command)
		}
	}
}

// Who may not ask CloudFormation reads the rest, and is told what nobody knows.
func TestAdoptReadsWithoutTheRightToAskCloudFormation(t *testing.T) {
	answers := maps.Clone(adoptedAnswers)
	maps.DeleteFunc(answers, func(command, _ string) bool { return strings.HasPrefix(command, "cloudformation ") })
	answers["cloudformation describe-stack-resources --physical-resource-id arn:aws:ecs:eu-central-1:111122223333:service/Apps/web"] = "An error occurred (AccessDenied) when calling the DescribeStackResources operation"
	facts, _, err := surveyed(t, answers)
	if err != nil || facts.StacksUnseen == "" || facts.Clusters[0].Services[0].Stack != "" || len(facts.Scaled) != 1 {
		t.Errorf("%v: %+v", err, facts)
	}
	// A tag of the stack, where there is one, answers without a question.
	s := survey{facts: &adopt.Facts{Clusters: []adopt.Cluster{{Services: []adopt.Service{{Import: compare.Import{Tags: map[string]string{"aws:cloudformation:stack-name": "shop"}}}}}}}}
	if err := s.stacks(); err != nil || s.facts.Clusters[0].Services[0].Stack != "shop" {
		t.Errorf("%v: %+v", err, s.facts)
	}
}

func TestAdoptRunsNoCommandThatChanges(t *testing.T) {
	s := survey{cli: func(context.Context, []string, ...string) ([]byte, error) {
		t.Error("a command ran")
		return nil, nil
	}}
	for _, command := range []string{"ecs update-service", "ecs tag-resource", "ec2 create-tags", "ecs", "ec2 describe-vpcs;reboot", "ecs deregister-task-definition"} {
		if err := s.ask(nil, strings.Fields(command)...); err == nil || !strings.Contains(err.Error(), "no command that only reads") {
			t.Errorf("%s: %v", command, err)
		}
	}
}

// A role that a task definition names may be gone. The program's rules say so.
func TestAdoptReadsThatARoleIsGone(t *testing.T) {
	s := survey{facts: &adopt.Facts{Roles: map[string]compare.Role{}, Clusters: []adopt.Cluster{{Services: []adopt.Service{{TaskRole: webRole}}}}}}
	s.cli = func(context.Context, []string, ...string) ([]byte, error) {
		return nil, errors.New("aws iam get-role: exit status 254: An error occurred (NoSuchEntity) when calling the GetRole operation")
	}
	if err := s.roles(); err != nil || s.facts.Roles[webRole].ARN != "" {
		t.Errorf("err = %v, roles %v", err, s.facts.Roles)
	}
}

// A refusal of AWS ends the reading: half of an account would look like all of it.
func TestAdoptEndsWithWhatAWSRefuses(t *testing.T) {
	for command := range adoptedAnswers {
		answers := map[string]string{}
		for other, answer := range adoptedAnswers {
			if other != command {
				answers[other] = answer
			}
		}
		if _, _, err := surveyed(t, answers); err == nil || !strings.Contains(err.Error(), "account apps (111122223333): not recorded: "+command) {
			t.Errorf("without %s: %v", command, err)
		}
	}
}
