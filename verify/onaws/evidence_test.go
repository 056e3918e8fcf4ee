package onaws

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/network"
	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

func TestECSIsReadWholeAndStrangeLogGroupsAreNot(t *testing.T) {
	e, aws := newEvidence(t, nil)
	recordECS(aws)
	echo := e.stack.Clusters["ecs-1"].Services["echo-service"]
	echo.ARN = serviceARN
	e.stack.Clusters["ecs-1"].Services["echo-service"] = echo
	facts, err := e.ECS(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(facts.Clusters) != 1 || facts.Clusters[0].Tags["ecs.solo.io/discovery-enabled"] != "true" {
		t.Errorf("clusters: %+v", facts.Clusters)
	}
	s := facts.Services[0]
	if s.ARN != serviceARN || s.Cluster != clusterARN || s.PropagateTags != "SERVICE" || !s.Exec || s.Desired != 2 || s.Running != 1 || s.Deployments[0].State != "FAILED" ||
		s.Deployments[0].Reason == "" || s.Tags["ecs.solo.io/namespace"] != "mesh-1" || s.Subnets[0] != "subnet-1" || s.Groups[0] != "sg-1" {
		t.Errorf("service: %+v", s)
	}
	if got := facts.Latest[strings.TrimSuffix(firstRevision, ":1")]; len(facts.Latest) != 1 || got != firstRevision {
		t.Errorf("the youngest revisions: %v", facts.Latest)
	}
	if c := facts.Clusters[0]; c.ExecLogGroup != "/ecs/mesh-1/exec" || len(c.Providers) != 2 || len(s.Strategy) != 1 || s.Strategy[0] != (stack.CapacityProvider{Provider: "FARGATE_SPOT", Base: 1, Weight: 3}) {
		t.Errorf("cluster: %+v, strategy: %+v", c, s.Strategy)
	}
	running := slices.IndexFunc(facts.Tasks, func(task doctor.Task) bool { return task.Status == "RUNNING" })
	if running < 0 || facts.Tasks[running].Service != serviceARN || facts.Tasks[running].Address != "10.0.1.20" || facts.Tasks[running].Health != "HEALTHY" || !facts.Tasks[running].Exec {
		t.Errorf("tasks: %+v", facts.Tasks)
	}
	if len(facts.Definitions) != 1 {
		t.Fatalf("a definition that is gone is among them: %+v", facts.Definitions)
	}
	app, ztunnel := facts.Definitions[0].Containers[0], facts.Definitions[0].Containers[1]
	if app.Environment["ALL_PROXY"] == "" || app.DependsOn["ztunnel"] != "HEALTHY" || app.Ports[0] != 8080 || app.LogGroup != "/ecs/mesh-1" || len(app.Sources) != 2 || len(app.Files) != 1 || app.HealthCheck || !ztunnel.HealthCheck {
		t.Errorf("containers: %+v", facts.Definitions[0].Containers)
	}
	if got := facts.LogGroups["111122223333"]; len(got) != 1 || got[0] != "/ecs/mesh-1" {
		t.Errorf("log groups: %v", got)
	}
}

func TestRolesAreReadWithTheirDocumentsAndThoseThatAreGoneLeftOut(t *testing.T) {
	e, aws := newEvidence(t, nil)
	recordECS(aws)
	// Only this output names the role: the service that starts with it has no task definition yet.
	e.stack.RolePolicies = []stack.RolePolicies{{Role: "arn:aws:iam::111122223333:role/mesh-1-report-execution", Boundary: "arn:aws:iam::aws:policy/bound"}}
	aws.On("iam:GetRole", func(in awstest.Input) any {
		name := in.Text("RoleName")
		if name == "gone" {
			return awstest.Failure{Code: "NoSuchEntity", Message: "The role with name gone cannot be found."}
		}
		return "<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::111122223333:role/" + name + "</Arn><RoleName>" + name + "</RoleName><RoleId>AROA" + strings.ToUpper(name) +
			"</RoleId><Path>/</Path><PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::aws:policy/bound</PermissionsBoundaryArn></PermissionsBoundary><CreateDate>2026-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>" + url.PathEscape(`{"Statement":"a+b %"}`) + "</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
	})
	aws.On("iam:ListRolePolicies", func(awstest.Input) any {
		return "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>inline</member></PolicyNames><IsTruncated>false</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>"
	})
	aws.On("iam:GetRolePolicy", func(awstest.Input) any {
		return "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>inline</PolicyName><PolicyDocument>%7B%7D</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>"
	})
	aws.On("iam:ListAttachedRolePolicies", func(awstest.Input) any {
		return "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>managed</PolicyName><PolicyArn>arn:aws:iam::aws:policy/managed</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>"
	})
	aws.On("iam:GetPolicy", func(awstest.Input) any {
		return "<GetPolicyResponse><GetPolicyResult><Policy><DefaultVersionId>v7</DefaultVersionId></Policy></GetPolicyResult></GetPolicyResponse>"
	})
	aws.On("iam:GetPolicyVersion", func(in awstest.Input) any {
		return "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>" + in.Text("VersionId") + "</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>"
	})
	if _, err := e.ECS(context.Background()); err != nil {
		t.Fatal(err)
	}
	roles, err := e.Roles(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	if want := []string{"mesh-1-ecs", "mesh-1-report-execution", "mesh-execution", "mesh-istiod"}; !slices.Equal(names, want) {
		t.Fatalf("got %v, want %v", names, want)
	}
	if r := roles[0]; !slices.Equal(r.Attached, []string{"arn:aws:iam::aws:policy/managed"}) || r.BoundaryARN != "arn:aws:iam::aws:policy/bound" {
		t.Errorf("attached %v, bounded by %s", r.Attached, r.BoundaryARN)
	}
	if r := roles[3]; r.UniqueID != "AROAMESH-ISTIOD" || r.Trust != `{"Statement":"a+b %"}` || r.Policies["inline"] != "{}" || r.Policies["managed"] != "v7" || r.Boundary != "v7" || r.Created.Year() != 2026 {
		t.Errorf("got %+v", r)
	}
	calls, _ := aws.Calls()
	if n := len(slices.DeleteFunc(calls, func(action string) bool { return action != "ecs:DescribeClusters" })); n != 1 {
		t.Errorf("ECS was read %d times", n)
	}
	aws.On("iam:GetRole", nil)
	if _, err := e.Roles(context.Background()); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("what may not be read looks like what is not there: %v", err)
	}
}

func TestTheNetworkIsReadAsRoutesAndRules(t *testing.T) {
	e, aws := newEvidence(t, nil,
		awstest.Object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"default"},"status":{"podIP":"10.0.2.17"}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"spec":{"providerID":"aws:///eu-central-1a/i-0f"},"status":{"addresses":[{"type":"InternalIP","address":"10.0.2.5"}]}}`),
		awstest.Object(t, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"eastwest","namespace":"istio-system","annotations":{"service.beta.kubernetes.io/load-balancer-source-ranges":"10.0.0.0/16, 10.1.0.0/16"}},"spec":{"type":"LoadBalancer","ports":[{"port":15012,"nodePort":31012}]},"status":{"loadBalancer":{"ingress":[{"hostname":"gateway.elb.eu-central-1.amazonaws.com"}]}}}`))
	e.stack.TransitPeerings = map[string]string{"eu-central-1/us-east-1": "tgw-attach-2"}
	recordNetwork(aws, map[string]string{
		"DescribeVpcs|vpcSet":                                                       `<item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock><cidrBlockAssociationSet><item><cidrBlock>10.0.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState></item></cidrBlockAssociationSet></item>`,
		"DescribeSubnets|subnetSet":                                                 `<item><subnetId>subnet-1</subnetId><cidrBlock>10.0.1.0/24</cidrBlock></item><item><subnetId>subnet-2</subnetId><cidrBlock>10.0.2.0/24</cidrBlock></item>`,
		"DescribeRouteTables|routeTableSet":                                         `<item><routeTableId>rtb-main</routeTableId><associationSet><item><main>true</main></item></associationSet></item><item><routeTableId>rtb-1</routeTableId><associationSet><item><subnetId>subnet-1</subnetId></item></associationSet><routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId></item><item><destinationCidrBlock>10.1.0.0/16</destinationCidrBlock><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></item><item><destinationCidrBlock>10.2.0.0/16</destinationCidrBlock><transitGatewayId>tgw-1</transitGatewayId></item></routeSet></item>`,
		"DescribeTransitGatewayVpcAttachments|transitGatewayVpcAttachments":         `<item><transitGatewayAttachmentId>tgw-attach-1</transitGatewayAttachmentId><transitGatewayId>tgw-1</transitGatewayId><vpcId>vpc-1</vpcId><state>pendingAcceptance</state></item>`,
		"DescribeTransitGatewayPeeringAttachments|transitGatewayPeeringAttachments": `<item><transitGatewayAttachmentId>tgw-attach-2</transitGatewayAttachmentId><requesterTgwInfo><transitGatewayId>tgw-1</transitGatewayId></requesterTgwInfo><accepterTgwInfo><transitGatewayId>tgw-2</transitGatewayId></accepterTgwInfo><state>pendingAcceptance</state></item>`,
		"DescribeVpcPeeringConnections|vpcPeeringConnectionSet":                     `<item><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><requesterVpcInfo><vpcId>vpc-1</vpcId></requesterVpcInfo><accepterVpcInfo><vpcId>vpc-2</vpcId></accepterVpcInfo><status><code>pending-acceptance</code></status></item>`,
		"DescribeNatGateways|natGatewaySet":                                         `<item><natGatewayId>nat-1</natGatewayId><state>failed</state><subnetId>subnet-2</subnetId></item>`,
		"DescribeInternetGateways|internetGatewaySet":                               `<item><internetGatewayId>igw-1</internetGatewayId></item>`,
		"DescribeSecurityGroups|securityGroupInfo":                                  `<item><groupId>sg-1</groupId><groupName>server</groupName><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>15008</fromPort><toPort>15008</toPort><ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item><item><cidrIp>10.1.0.0/16</cidrIp></item></ipRanges><groups><item><groupId>sg-2</groupId></item></groups><prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds></item></ipPermissions></item>`,
		"DescribeNetworkInterfaces|networkInterfaceSet": `<item><networkInterfaceId>eni-eks</networkInterfaceId><subnetId>subnet-2</subnetId><privateIpAddress>10.0.2.9</privateIpAddress><description>Amazon EKS ` + e.stack.EKSName + `</description></item><item><networkInterfaceId>eni-node</networkInterfaceId><subnetId>subnet-2</subnetId><privateIpAddress>10.0.2.5</privateIpAddress><groupSet><item><groupId>sg-eks</groupId></item></groupSet><privateIpAddressesSet><item><privateIpAddress>10.0.2.5</privateIpAddress><primary>true</primary></item><item><privateIpAddress>10.0.2.6</privateIpAddress></item></privateIpAddressesSet><ipv4PrefixSet><item><ipv4Prefix>10.0.2.16/28</ipv4Prefix></item></ipv4PrefixSet></item>` +
			`<item><networkInterfaceId>eni-lb</networkInterfaceId><subnetId>subnet-1</subnetId><privateIpAddress>10.0.1.99</privateIpAddress><description>ELB net/a1/0f</description></item><item><networkInterfaceId>eni-other</networkInterfaceId><subnetId>subnet-1</subnetId><privateIpAddress>10.0.1.98</privateIpAddress><description>ELB net/a1/0e</description></item>`,
	})
	recordBalancer(aws, "active", "healthy")
	f, err := e.Network(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if f.VPCs[0].Account != "111122223333" || f.Subnets[0].Table != "rtb-1" || f.Subnets[1].Table != "rtb-main" || len(f.Routes) != 2 || f.Routes[0].Target != "pcx-1" || f.Routes[1].Target != "tgw-1" {
		t.Errorf("got %+v %+v %+v", f.VPCs, f.Subnets, f.Routes)
	}
	if len(f.Peerings) != 1 || f.Peerings[0].Status != "pending-acceptance" || f.Peerings[0].AccepterVPC != "vpc-2" {
		t.Errorf("peerings: %+v", f.Peerings)
	}
	if len(f.Attachments) != 1 || f.Attachments[0].Gateway != "tgw-1" || f.Attachments[0].State != "pendingAcceptance" {
		t.Errorf("attachments: %+v", f.Attachments)
	}
	if len(f.Joints) != 1 || f.Joints[0].ID != "tgw-attach-2" || f.Joints[0].Gateway != "tgw-1" || f.Joints[0].Peer != "tgw-2" || f.Joints[0].State != "pendingAcceptance" {
		t.Errorf("peerings of transit gateways: %+v", f.Joints)
	}
	if len(f.Gateways) != 2 || f.Gateways[0].Up || !f.Gateways[1].Up || f.Gateways[1].VPC != "vpc-1" {
		t.Errorf("gateways: %+v", f.Gateways)
	}
	if r := f.Groups[0].Ingress; len(r) != 4 || r[1].CIDR != "10.1.0.0/16" || r[2].Group != "sg-2" || r[3].List != "pl-1" || r[0].From != 15008 {
		t.Errorf("rules: %+v", r)
	}
	if eks, node := f.HostAt("10.0.2.9"), f.HostAt("10.0.2.5"); eks == nil || !eks.ControlPlane || node == nil || node.ControlPlane {
		t.Errorf("the control plane's interfaces: %+v", f.Hosts)
	}
	if h := f.HostAt("10.0.2.17"); h == nil || h.ID != "eni-node" || f.HostAt("10.0.2.6") == nil || f.HostAt("10.0.2.18") != nil {
		t.Errorf("hosts: %+v", f.Hosts)
	}
	lb := f.Balancer("gateway.elb.eu-central-1.amazonaws.com")
	if lb == nil || lb.Name != "a1" || lb.State != "active" || !lb.Internal || !slices.Equal(lb.Addresses, []string{"10.0.1.99"}) || !slices.Equal(lb.Targets, []string{"10.0.2.5"}) ||
		len(lb.SourceRanges) != 2 || lb.Listeners[0].TargetPort != 31012 || len(lb.Unhealthy) > 0 {
		t.Errorf("load balancer: %+v", lb)
	}
}

// A gateway shows its own peerings only: those of two other regions are asked for in one of them.
func TestThePeeringsOfTransitGatewaysAreReadInTheirRegions(t *testing.T) {
	e, stand := newEvidence(t, nil)
	e.stack.TransitPeerings = map[string]string{"eu-central-1/us-east-1": "tgw-attach-1", "ap-south-1/eu-central-1": "tgw-attach-2", "ap-south-1/us-east-1": "tgw-attach-3"}
	asked := map[string]bool{}
	stand.On("ec2:DescribeTransitGatewayPeeringAttachments", func(in awstest.Input) any {
		items := ""
		for _, key := range []string{"Filter.1.Value.1", "Filter.1.Value.2"} {
			if id := in.Text(key); id != "" {
				asked[id] = true
				items += "<item><transitGatewayAttachmentId>" + id + "</transitGatewayAttachmentId><state>available</state></item>"
			}
		}
		return "<DescribeTransitGatewayPeeringAttachmentsResponse><transitGatewayPeeringAttachments>" + items + "</transitGatewayPeeringAttachments></DescribeTransitGatewayPeeringAttachmentsResponse>"
	})
	f := &network.Facts{}
	if err := e.readJoints(t.Context(), f); err != nil || len(f.Joints) != 3 || len(asked) != 3 {
		t.Errorf("%v: %+v, asked for %v", err, f.Joints, asked)
	}
	if got := stand.Regions(); !slices.Equal(got, []string{"ap-south-1", "eu-central-1"}) {
		t.Errorf("the regions are %v", got)
	}
}

// Where a zone leads is read, one that is gone is said, and who may not look hears nothing of it.
func TestTheZoneOfTheGatewaysNameIsRead(t *testing.T) {
	const id = "Z1"
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	for name, c := range map[string]struct {
		printed map[string]string
		want    *network.Zone
	}{
		"there": {map[string]string{
			"route53 get-hosted-zone --id Z1 --output json":                       `{"HostedZone": {"Id": "/hostedzone/Z1"}, "VPCs": [{"VPCRegion": "eu-central-1", "VPCId": "vpc-1"}]}`,
			"route53 list-resource-record-sets --hosted-zone-id Z1 --output json": `{"ResourceRecordSets": [{"Type": "NS"}, {"Name": "gw.", "Type": "A", "AliasTarget": {"HostedZoneId": "Z2", "DNSName": "vpce-1.", "EvaluateTargetHealth": false}}]}`,
		}, &network.Zone{ID: id, VPCs: []string{"vpc-1"}, Targets: []string{"vpce-1."}}},
		"gone":     {map[string]string{"": "An error occurred (NoSuchHostedZone) when calling the GetHostedZone operation"}, &network.Zone{}},
		"not seen": {map[string]string{"": "An error occurred (AccessDenied) when calling the GetHostedZone operation"}, nil},
	} {
		e, _ := newEvidence(t, nil)
		e.stack.GatewayZones = map[string]string{stacktest.Home: id}
		e.evidence.cli = func(_ context.Context, _ []string, args ...string) ([]byte, error) {
			if answer, known := c.printed[strings.Join(args, " ")]; known {
				return []byte(answer), nil
			}
			return nil, errors.New(c.printed[""])
		}
		got, err := e.readZone(t.Context(), stacktest.Home)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
