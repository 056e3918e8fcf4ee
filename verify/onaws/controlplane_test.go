package onaws

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	theirs "ambient-ecs/eks/existing"
	"ambient-ecs/verify/adopt"
	"ambient-ecs/verify/onaws/awstest"
)

// planes reads an EKS cluster of which the answers are known. The commands are recorded, without what all have.
func planes(t *testing.T, answers map[string]string, kubeconfig string) (plane adopt.ControlPlane, commands []string, err error) {
	t.Helper()
	awstest.New(t).On("sts:GetCallerIdentity", awstest.Identity("111122223333"))
	s := Surveyor{CLI: func(_ context.Context, _ []string, args ...string) ([]byte, error) {
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
	plane, err = s.ReadControlPlane(context.Background(), adopt.Account{Key: "apps", ID: "111122223333"}, "eu-central-1", "prod-eu", kubeconfig)
	return plane, commands, err
}

// The answers are those of the AWS CLI's reference, shortened (https://docs.aws.amazon.com/cli/latest/reference/eks/, 2026-11-29).
var planeAnswers = map[string]string{
	"eks describe-cluster --name prod-eu": `{"cluster": {"name": "prod-eu", "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/prod-eu", "status": "ACTIVE", "version": "1.34", "endpoint": "https://A.gr7.eu-central-1.eks.amazonaws.com",
		"resourcesVpcConfig": {"vpcId": "vpc-1", "clusterSecurityGroupId": "sg-1", "securityGroupIds": ["sg-4"], "endpointPublicAccess": true, "endpointPrivateAccess": false, "publicAccessCidrs": ["0.0.0.0/0"]},
		"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"}, "identity": {"oidc": {"issuer": "https://oidc"}}, "certificateAuthority": {"data": "AUTHORITY"},
		"accessConfig": {"authenticationMode": "API"}, "computeConfig": {"enabled": false}}}`,
	"eks list-nodegroups --cluster-name prod-eu":                       `{"nodegroups": ["a", "b"]}`,
	"eks describe-nodegroup --cluster-name prod-eu --nodegroup-name a": `{"nodegroup": {"subnets": ["subnet-2", "subnet-1"]}}`,
	"eks describe-nodegroup --cluster-name prod-eu --nodegroup-name b": `{"nodegroup": {"subnets": ["subnet-2"]}}`,
	"ec2 describe-vpcs --vpc-ids vpc-1":                                `{"Vpcs": [{"CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "100.64.0.0/16"}]}]}`,
	"ec2 describe-instances --filters Name=tag-key,Values=kubernetes.io/cluster/prod-eu Name=instance-state-name,Values=pending,running": `{"Reservations": [{"Instances": [{"SecurityGroups": [{"GroupId": "sg-3"}, {"GroupId": "sg-2"}]}]}, {"Instances": [{"SecurityGroups": [{"GroupId": "sg-3"}]}]}]}`,
	"ec2 describe-security-groups --group-ids sg-2 sg-3": `{"SecurityGroups": [{"GroupId": "sg-2", "VpcId": "vpc-1", "Tags": []}, {"GroupId": "sg-3", "VpcId": "vpc-1", "Tags": [{"Key": "kubernetes.io/cluster/prod-eu", "Value": "owned"}]}]}`,
	"ec2 describe-security-group-rules --filters Name=group-id,Values=sg-3": `{"SecurityGroupRules": [{"IsEgress": true, "IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}, {"IsEgress": false, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "ReferencedGroupInfo": {"GroupId": "sg-4"}},
		{"IsEgress": false, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "10.0.0.0/8"}, {"IsEgress": false, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "PrefixListId": "pl-1"}]}`,
	"eks list-addons --cluster-name prod-eu":                         `{"addons": ["coredns", "vpc-cni"]}`,
	"eks describe-addon --cluster-name prod-eu --addon-name vpc-cni": `{"addon": {"addonVersion": "v1.20.4-eksbuild.1", "configurationValues": "{\"enableNetworkPolicy\":\"true\"}"}}`,
}

func TestAnEKSClusterIsReadAsTheCLIPrintsIt(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	authority := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	answers := maps.Clone(planeAnswers)
	const describe = "eks describe-cluster --name prod-eu"
	answers[describe] = strings.Replace(answers[describe], "AUTHORITY", authority, 1)
	plane, commands, err := planes(t, answers, "")
	if err != nil || plane.Objects == nil {
		t.Fatal(err, plane.Objects)
	}
	if want := (theirs.Cluster{
		Name: "prod-eu", ARN: "arn:aws:eks:eu-central-1:111122223333:cluster/prod-eu", Status: "ACTIVE", Version: "1.34", Endpoint: "https://A.gr7.eu-central-1.eks.amazonaws.com", CertificateAuthority: authority,
		OIDCIssuer: "https://oidc", VPC: "vpc-1", SecurityGroup: "sg-1", Mode: "API", Public: true, PublicCIDRs: []string{"0.0.0.0/0"}, ServiceCIDR: "172.20.0.0/16",
		NodeSubnets: []string{"subnet-1", "subnet-2"}, ControlPlaneGroups: []string{"sg-4"},
		NodeGroup: &theirs.SecurityGroup{ID: "sg-3", VPC: "vpc-1", Ingress: []theirs.Rule{{Protocol: "tcp", From: 443, To: 443, Group: "sg-4"}, {Protocol: "tcp", From: 22, To: 22, CIDR: "10.0.0.0/8"}, {Protocol: "-1", From: -1, To: -1, List: "pl-1"}}},
		Addons:    map[string]theirs.Addon{"vpc-cni": {Version: "v1.20.4-eksbuild.1", Configuration: `{"enableNetworkPolicy":"true"}`}},
	}); !reflect.DeepEqual(plane.Cluster, want) {
		t.Errorf("the cluster is\n%+v, want\n%+v", plane.Cluster, want)
	}
	for _, command := range commands {
		if operation := strings.Fields(command)[1]; !onlyReads.MatchString(operation) {
			t.Errorf("it calls %s", command)
		}
	}
}

func TestAnEKSClusterThatIsNotThereIsNoError(t *testing.T) {
	plane, _, err := planes(t, map[string]string{"eks describe-cluster --name prod-eu": "An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation: No cluster found for name: prod-eu."}, "")
	if err != nil || plane.Name != "" {
		t.Errorf("%+v, %v", plane, err)
	}
	if _, _, err := planes(t, map[string]string{"eks describe-cluster --name prod-eu": "An error occurred (AccessDeniedException)"}, ""); err == nil {
		t.Error("a caller who may not describe the cluster hears nothing")
	}
}

func TestAKubeconfigThatCannotBeReadIsRefused(t *testing.T) {
	if _, _, err := planes(t, planeAnswers, "no kubeconfig"); err == nil || !strings.Contains(err.Error(), "kubeconfig") {
		t.Errorf("the error is %v", err)
	}
}
