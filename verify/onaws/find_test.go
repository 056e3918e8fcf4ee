package onaws

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/repair"
)

const ours = `"Tags": [{"Key": "ambient-ecs-install", "Value": "mesh"}]`

// The answers are those of the AWS CLI's reference, shortened (https://docs.aws.amazon.com/cli/latest/reference/, 2026-11-29).
func TestTheFinderReadsWhatTheCLIPrints(t *testing.T) {
	for _, c := range []struct {
		kind    string
		want    map[string]string
		answers map[string]string
		id      string
		state   string
	}{
		{"aws:ec2/subnet:Subnet", map[string]string{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, map[string]string{
			"ec2 describe-subnets --filters Name=tag:ambient-ecs-install,Values=mesh": `{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "State": "available", ` + ours + `}]}`,
		}, "subnet-1", "available"},
		{"aws:ec2/natGateway:NatGateway", map[string]string{"subnetId": "subnet-1", "allocationId": "eipalloc-1"}, map[string]string{
			"ec2 describe-nat-gateways --filter Name=tag:ambient-ecs-install,Values=mesh Name=state,Values=pending,available": `{"NatGateways": [{"NatGatewayId": "nat-1", "State": "pending", "SubnetId": "subnet-1", "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}], ` + ours + `}]}`,
		}, "nat-1", "pending"},
		{"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", map[string]string{"securityGroupId": "sg-1", "ipProtocol": "-1", "fromPort": "", "toPort": "", "cidrIpv4": "0.0.0.0/0"}, map[string]string{
			"ec2 describe-security-group-rules --filters Name=tag:ambient-ecs-install,Values=mesh Name=group-id,Values=sg-1": `{"SecurityGroupRules": [
				{"SecurityGroupRuleId": "sgr-in", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0", ` + ours + `},
				{"SecurityGroupRuleId": "sgr-out", "GroupId": "sg-1", "IsEgress": true, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0", ` + ours + `}]}`,
		}, "sgr-out", ""},
		{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", map[string]string{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": "15008", "toPort": "15008", "referencedSecurityGroupId": "sg-2"}, map[string]string{
			"ec2 describe-security-group-rules --filters Name=tag:ambient-ecs-install,Values=mesh Name=group-id,Values=sg-1": `{"SecurityGroupRules": [
				{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 15008, "ToPort": 15008, "ReferencedGroupInfo": {"GroupId": "sg-2"}, ` + ours + `}]}`,
		}, "sgr-1", ""},
		// The CLI prints the document as an object. A repair compares what documents say.
		{"aws:iam/rolePolicy:RolePolicy", map[string]string{"role": "r", "policy": `{"Statement":[{"Action":"s3:GetObject","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`}, map[string]string{
			"iam list-role-policies --role-name r":                `{"PolicyNames": ["r-1"]}`,
			"iam get-role-policy --role-name r --policy-name r-1": `{"RoleName": "r", "PolicyName": "r-1", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}`,
		}, "r:r-1", ""},
		{"aws:kms/key:Key", map[string]string{"description": "EKS secrets"}, map[string]string{
			"resourcegroupstaggingapi get-resources --resource-type-filters kms:key --tag-filters Key=ambient-ecs-install,Values=mesh": `{"ResourceTagMappingList": [
				{"ResourceARN": "arn:old", ` + ours + `}, {"ResourceARN": "arn:new", ` + ours + `}]}`,
			"kms describe-key --key-id arn:old": `{"KeyMetadata": {"KeyId": "k-0", "Description": "EKS secrets", "KeyState": "PendingDeletion"}}`,
			"kms describe-key --key-id arn:new": `{"KeyMetadata": {"KeyId": "k-1", "Description": "EKS secrets", "KeyState": "Enabled"}}`,
		}, "k-1", ""},
		{"aws:ec2/vpcEndpointService:VpcEndpointService", map[string]string{}, map[string]string{
			"ec2 describe-vpc-endpoint-service-configurations --filters Name=tag:ambient-ecs-install,Values=mesh": `{"ServiceConfigurations": [{"ServiceId": "vpce-svc-1", "ServiceState": "Available", ` + ours + `}]}`,
		}, "vpce-svc-1", "Available"},
		{"aws:route53/zone:Zone", map[string]string{"name": "a-1.elb.eu-central-1.amazonaws.com"}, map[string]string{
			"resourcegroupstaggingapi get-resources --region us-east-1 --resource-type-filters route53:hostedzone --tag-filters Key=ambient-ecs-install,Values=mesh": `{"ResourceTagMappingList": [
				{"ResourceARN": "arn:aws:route53:::hostedzone/Z1", ` + ours + `}]}`,
			"route53 get-hosted-zone --id Z1": `{"HostedZone": {"Id": "/hostedzone/Z1", "Name": "a-1.elb.eu-central-1.amazonaws.com.", "Config": {"PrivateZone": true}}}`,
		}, "Z1", ""},
		{"aws:eks/addon:Addon", map[string]string{"clusterName": "mesh", "addonName": "coredns"}, map[string]string{
			"eks list-addons --cluster-name mesh":                         `{"addons": ["coredns"]}`,
			"eks describe-addon --cluster-name mesh --addon-name coredns": `{"addon": {"addonName": "coredns", "clusterName": "mesh", "status": "CREATING", "tags": {"ambient-ecs-install": "mesh"}}}`,
		}, "coredns", "CREATING"},
		{"aws:ecs/service:Service", map[string]string{"cluster": "arn:cluster", "name": "echo"}, map[string]string{
			"ecs describe-services --cluster arn:cluster --services echo": `{"services": [{"serviceArn": "arn:echo", "serviceName": "echo", "clusterArn": "arn:cluster", "deployments": [{"status": "PRIMARY", "rolloutState": "IN_PROGRESS"}]}], "failures": []}`,
		}, "arn:echo", "IN_PROGRESS"},
		{"aws:ecs/cluster:Cluster", map[string]string{"name": "mesh-1"}, map[string]string{
			"ecs describe-clusters --clusters mesh-1": `{"clusters": [{"clusterName": "mesh-1", "status": "PROVISIONING"}], "failures": []}`,
		}, "mesh-1", "PROVISIONING"},
		{"aws:ram/principalAssociation:PrincipalAssociation", map[string]string{"resourceShareArn": "arn:share", "principal": "444455556666"}, map[string]string{
			"ram get-resource-share-associations --association-type PRINCIPAL --resource-share-arns arn:share": `{"resourceShareAssociations": [{"resourceShareArn": "arn:share", "associatedEntity": "444455556666", "associationType": "PRINCIPAL", "status": "ASSOCIATING"}]}`,
		}, "444455556666", "ASSOCIATING"},
		{"aws:ram/resourceAssociation:ResourceAssociation", map[string]string{"resourceShareArn": "arn:share", "resourceArn": "arn:tgw"}, map[string]string{
			"ram get-resource-share-associations --association-type RESOURCE --resource-share-arns arn:share": `{"resourceShareAssociations": [{"resourceShareArn": "arn:share", "associatedEntity": "arn:tgw", "associationType": "RESOURCE", "status": "ASSOCIATED"}]}`,
		}, "arn:tgw", "ASSOCIATED"},
		{"aws:ec2/vpcPeeringConnection:VpcPeeringConnection", map[string]string{"vpcId": "vpc-1", "peerVpcId": "vpc-2"}, map[string]string{
			"ec2 describe-vpc-peering-connections --filters Name=tag:ambient-ecs-install,Values=mesh Name=status-code,Values=pending-acceptance,provisioning,active": `{"VpcPeeringConnections": [
				{"VpcPeeringConnectionId": "pcx-1", "RequesterVpcInfo": {"VpcId": "vpc-1"}, "AccepterVpcInfo": {"VpcId": "vpc-2"}, "Status": {"Code": "provisioning"}, ` + ours + `}]}`,
		}, "pcx-1", "provisioning"},
		{"aws:ecs/taskDefinition:TaskDefinition", map[string]string{"family": "mesh-1-echo"}, map[string]string{
			"ecs list-task-definitions --status ACTIVE --family-prefix mesh-1-echo":  `{"taskDefinitionArns": ["arn:td:1"]}`,
			"ecs describe-task-definition --include TAGS --task-definition arn:td:1": `{"taskDefinition": {"family": "mesh-1-echo"}, "tags": [{"key": "ambient-ecs-install", "value": "mesh"}]}`,
		}, "arn:td:1", ""},
		{"aws:eks/podIdentityAssociation:PodIdentityAssociation", map[string]string{"clusterName": "mesh", "namespace": "istio-system", "serviceAccount": "istiod"}, map[string]string{
			"eks list-pod-identity-associations --cluster-name mesh --namespace istio-system --service-account istiod": `{"associations": [{"associationId": "a-1"}]}`,
			"eks describe-pod-identity-association --cluster-name mesh --association-id a-1":                           `{"association": {"clusterName": "mesh", "namespace": "istio-system", "serviceAccount": "istiod", "tags": {"ambient-ecs-install": "mesh"}}}`,
		}, "mesh,a-1", ""},
		{"aws:cloudwatch/queryDefinition:QueryDefinition", map[string]string{"name": "mesh/refused calls"}, map[string]string{
			"logs describe-query-definitions --query-definition-name-prefix mesh/refused calls": `{"queryDefinitions": [{"queryDefinitionId": "q-1", "name": "mesh/refused calls"}]}`,
		}, "arn:aws:logs:eu-central-1:111122223333:query-definition:q-1", ""},
	} {
		t.Run(c.kind, func(t *testing.T) {
			awstest.New(t).On("sts:GetCallerIdentity", awstest.Identity("111122223333"))
			f := Finder{CLI: func(_ context.Context, environment []string, args ...string) ([]byte, error) {
				if !slices.Contains(environment, "AWS_REGION=eu-central-1") {
					t.Error("the CLI does not know the region")
				}
				answer, known := c.answers[strings.TrimSuffix(strings.Join(args, " "), " --output json")]
				if !known {
					return nil, fmt.Errorf("not recorded: %s", strings.Join(args, " "))
				}
				return []byte(answer), nil
			}}
			found, err := f.Find(context.Background(), repair.Query{
				Account: repair.Account{ID: "111122223333", Region: "eu-central-1"}, Type: c.kind, Want: c.want, Install: "mesh",
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 || found[0].ID != c.id {
				t.Fatalf("found %+v, want %s", found, c.id)
			}
			if found[0].State != c.state {
				t.Errorf("its state is %q, want %q", found[0].State, c.state)
			}
			got := maps.Clone(found[0].Values)
			maps.DeleteFunc(got, func(key, value string) bool {
				_, wanted := c.want[key]
				return !wanted && value == "" || key == "egress" || key == "KeyId"
			})
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("values %v, want %v", got, c.want)
			}
			if row := repair.Table[c.kind]; row.Unique != nil && row.Parent == "" && found[0].Tags["ambient-ecs-install"] != "mesh" {
				t.Errorf("tags %v", found[0].Tags)
			}
		})
	}
}

// Credentials of another account would find nothing, and a repair would forget what exists.
func TestTheFinderRefusesAnotherAccount(t *testing.T) {
	awstest.New(t).On("sts:GetCallerIdentity", awstest.Identity("999999999999"))
	_, err := Finder{}.Find(context.Background(), repair.Query{Account: repair.Account{ID: "111122223333", Region: "eu-central-1"}, Type: "aws:ec2/vpc:Vpc"})
	if err == nil || !strings.Contains(err.Error(), "the credentials are of 999999999999") {
		t.Errorf("err = %v", err)
	}
}

func TestEveryTypeThatOnlyAWSCanNameHasAListing(t *testing.T) {
	for kind, row := range repair.Table {
		l, known := listings[kind]
		if (row.Unique != nil || row.ID != "" && row.States != nil) != known {
			t.Errorf("%s: the table wants a listing: %t, and there is one: %t", kind, row.Unique != nil, known)
		}
		if row.States != nil && l.state == "" {
			t.Errorf("%s: the listing does not read its state", kind)
		}
		for _, key := range row.Unique {
			if l.values[key] == "" {
				t.Errorf("%s: the listing does not read %s", kind, key)
			}
		}
		for verb := range strings.FieldsSeq(l.command + " " + l.detail) {
			for _, changing := range []string{"create", "delete", "put", "modify", "update"} {
				if strings.HasPrefix(verb, changing+"-") {
					t.Errorf("%s: %s changes AWS", kind, verb)
				}
			}
		}
	}
}
