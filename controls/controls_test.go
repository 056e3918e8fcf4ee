package controls

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// o is an object of inputs, l a list of them.
type (
	o = map[string]any
	l = []any
)

func trust(statement string) o {
	return o{"assumeRolePolicy": `{"Statement":[` + statement + `]}`}
}

func policy(action, resource string) o {
	return o{"policy": `{"Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}]}`}
}

func containing(container string) o { return o{"containerDefinitions": "[" + container + "]"} }

// eachCases has, for each control that one resource decides, inputs that keep it and inputs that break it.
var eachCases = map[string]struct{ keeps, breaks []o }{
	"eks-api-restricted": {
		[]o{{"vpcConfig": o{"endpointPublicAccess": false}}, {"vpcConfig": o{"publicAccessCidrs": l{"203.0.113.7/32"}}}},
		[]o{{}, {"vpcConfig": o{"publicAccessCidrs": l{"203.0.113.7/32", "0.0.0.0/0"}}}},
	},
	"eks-version-named":     {[]o{{"version": "1.35"}}, []o{{}}},
	"eks-secrets-encrypted": {[]o{{"encryptionConfig": o{"provider": o{"keyArn": "k"}}}}, []o{{}}},
	"eks-logs": {
		[]o{{"enabledClusterLogTypes": l{"scheduler", "api", "audit", "authenticator", "controllerManager"}}},
		[]o{{}, {"enabledClusterLogTypes": l{"api"}}},
	},
	"eks-access-entries":          {[]o{{"accessConfig": o{"authenticationMode": "API"}}}, []o{{}, {"accessConfig": o{"authenticationMode": "CONFIG_MAP"}}}},
	"nodes-no-network-interfaces": {[]o{{}}, []o{{"networkInterfaces": l{o{}}}}},
	"roles-only-pull-images": {
		[]o{{"policyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"}, {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}},
		[]o{{"policyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess"}},
	},
	"namespaces-pod-security": {[]o{{"metadata": o{"labels": o{"pod-security.kubernetes.io/enforce": "restricted"}}}}, []o{{"metadata": o{"name": "a"}}}},
	"nodes-imdsv2": {
		[]o{{"metadataOptions": o{"httpTokens": "required", "httpPutResponseHopLimit": 1.0}}},
		[]o{{}, {"metadataOptions": o{"httpTokens": "required", "httpPutResponseHopLimit": 2.0}}},
	},
	"tasks-no-public-address": {[]o{{}, {"networkConfiguration": o{"assignPublicIp": false}}}, []o{{"networkConfiguration": o{"assignPublicIp": true}}}},
	"tasks-no-host-processes": {[]o{{}, {"pidMode": "task"}}, []o{{"pidMode": "host"}}},
	"tasks-not-privileged":    {[]o{containing(`{}`)}, []o{containing(`{},{"privileged":true}`), {"containerDefinitions": "no JSON"}}},
	"tasks-no-credentials": {
		[]o{containing(`{"environment":[{"name":"PORT","value":"1"}]}`)},
		[]o{containing(`{"environment":[{"name":"AWS_SECRET_ACCESS_KEY","value":"1"}]}`)},
	},
	"tasks-log":                   {[]o{containing(`{"logConfiguration":{"logDriver":"awslogs"}}`)}, []o{containing(`{}`)}},
	"tasks-latest-platform":       {[]o{{}, {"platformVersion": "LATEST"}}, []o{{"platformVersion": "1.3.0"}}},
	"clusters-container-insights": {[]o{{"settings": l{o{"name": "containerInsights", "value": "enhanced"}}}}, []o{{}, {"settings": l{o{"name": "containerInsights", "value": "disabled"}}}}},
	"tasks-awsvpc":                {[]o{{"networkMode": "awsvpc"}}, []o{{}, {"networkMode": "bridge"}}},
	"tasks-memory-limit":          {[]o{{"memory": "512"}}, []o{{}}},
	"tasks-no-exec":               {[]o{{}}, []o{{"enableExecuteCommand": true}}},
	"services-roll-back":          {[]o{{"deploymentCircuitBreaker": o{"enable": true, "rollback": true}}}, []o{{}, {"deploymentCircuitBreaker": o{"enable": true}}}},
	"services-rebalance":          {[]o{{"availabilityZoneRebalancing": "ENABLED"}}, []o{{}}},
	"default-group-closed":        {[]o{{}, {"ingress": l{}, "egress": l{}}}, []o{{"egress": l{o{"protocol": "-1"}}}, {"ingress": l{o{"protocol": "-1"}}}}},
	"subnets-no-public-addresses": {[]o{{"mapPublicIpOnLaunch": false}}, []o{{"mapPublicIpOnLaunch": true}}},
	"groups-admit-nobody-unnamed": {
		[]o{{"cidrIpv4": "10.0.0.0/8"}, {"prefixListId": "pl-1"}, {"cidrIpv6": "fc00::/7"}, {"cidrIpv6": "2001:db8::/32"}},
		[]o{{"cidrIpv4": "0.0.0.0/0"}, {"cidrIpv6": "::/0"}, {"cidrIpv4": "0.0.0.0/1"}, {"cidrIpv4": "128.0.0.0/1"}, {"cidrIpv6": "2000::/3"}, {"cidrIpv6": "f800::/5"}},
	},
	"groups-call-nobody-unnamed":  {[]o{{"cidrIpv4": "10.0.0.0/8"}, {"prefixListId": "pl-1"}, {"referencedSecurityGroupId": "sg-1"}}, []o{{"cidrIpv4": "0.0.0.0/0"}, {"cidrIpv6": "::/0"}}},
	"templates-no-public-address": {[]o{{}, {"networkInterfaces": l{o{}}}}, []o{{"networkInterfaces": l{o{"associatePublicIpAddress": "true"}}}}},
	"volumes-own-key": {
		[]o{{"blockDeviceMappings": l{o{"ebs": o{"encrypted": "true", "kmsKeyId": "k"}}}}},
		[]o{{}, {"blockDeviceMappings": l{o{"ebs": o{"encrypted": "true"}}}}},
	},
	"roles-no-stars": {
		[]o{policy("s3:GetObject", "*"), policy("s3:Get*", "*"), {"policy": `{"Statement":{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}}`}},
		[]o{
			policy("s3:*", "arn:aws:s3:::a"), policy("*", "*"), policy("s3:**", "*"), {"policy": `{"Statement":{"Effect":"Allow","Action":["s3:GetObject","iam:*"]}}`},
			{"policy": `{"Statement":[{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}]}`},
		},
	},
	"roles-no-confused-deputy": {
		[]o{
			trust(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}`),
			trust(`{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Condition":{"StringEquals":{"AWS:sourceAccount":"1"}}}`),
		},
		[]o{{}, trust(`{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}`)},
	},
	"roles-boundary": {[]o{{"permissionsBoundary": "b"}}, []o{{}}},
	"roles-named-keys": {
		[]o{
			policy("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/1"), policy("kms:Decrypt", "arn:aws:kms:*:111122223333:key/mrk-1"), policy("kms:Decrypt", "arn:aws:kms:*:key/1"),
			policy("kms:ListAliases", "*"), policy("kms:GenerateRandom", "*"), policy("kms:Describe*", "*"), policy("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:alias/*"),
			{"policy": `{"Statement":[{"Effect":"Allow","Action":["kms:Decrypt","s3:GetObject"],"Resource":["arn:aws:kms:eu-central-1:111122223333:key/1","arn:aws:s3:::a/*"]}]}`},
			{"policy": `{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ResourceAliases":"alias/a"}}}]}`},
			{"policy": `{"Statement":[{"Effect":"Allow","NotAction":"kms:*","Resource":"*"}]}`},
		},
		[]o{
			policy("kms:Decrypt", "*"), policy("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/*"), policy("KMS:Decrypt", "*"), policy("kms:decrypt", "*"), policy("kms:D*", "*"), policy("kms:ReEncrypt*", "*"),
			policy("kms:Decrypt", "arn:aws:kms:*:111122223333:*"), policy("kms:Decrypt", "arn:aws:kms:*"), policy("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/mrk-*"), policy("kms:Decrypt", "arn:*"),
			{"policy": `{"Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}`},
			{"policy": `{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","NotResource":"arn:aws:kms:eu-central-1:111122223333:key/1"}]}`},
		},
	},
	"keys-deletion-window": {[]o{{"deletionWindowInDays": 30.0}}, []o{{}, {"deletionWindowInDays": 7.0}}},
	"keys-rotated":         {[]o{{"enableKeyRotation": true}}, []o{{}}},
	"logs-own-key":         {[]o{{"kmsKeyId": "k"}}, []o{{}}},
	"logs-a-year":          {[]o{{"retentionInDays": 365.0}}, []o{{}, {"retentionInDays": 30.0}}},
	"gateway-deletion-protection": {
		[]o{
			{"spec": o{"infrastructure": o{"annotations": o{"service.beta.kubernetes.io/aws-load-balancer-attributes": "a=b,deletion_protection.enabled=true"}}}},
			{"spec": o{"gatewayClassName": "istio-waypoint"}},
		},
		[]o{{}, {"spec": o{"gatewayClassName": "istio-eastwest"}}},
	},
	"topics-own-key": {[]o{{"kmsMasterKeyId": "k"}}, []o{{}}},
}

// Attachments of managed policies. The document of a policy of the account is judged where it is made.
var (
	keepingARNs  = []o{{"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {"policyArn": "arn:aws:iam::111122223333:policy/OrdersFullAccess"}}
	breakingARNs = []o{{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, {"policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}, {"policyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}}
)

// alsoCases has the same for the further types that some of them judge.
var alsoCases = map[string]map[string]struct{ keeps, breaks []o }{
	"roles-no-stars": {
		managedPolicy: {[]o{policy("s3:GetObject", "*")}, []o{policy("iam:*", "*")}},
		role: {
			[]o{{}, {"inlinePolicies": l{policy("s3:GetObject", "*")}}, {"managedPolicyArns": l{"arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
			[]o{{"inlinePolicies": l{policy("s3:GetObject", "*"), policy("*", "*")}}, {"managedPolicyArns": l{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::aws:policy/AdministratorAccess"}}},
		},
		userPolicy:       {[]o{policy("s3:GetObject", "*")}, []o{policy("iam:*", "*")}},
		groupPolicy:      {[]o{policy("s3:GetObject", "*")}, []o{policy("iam:*", "*")}},
		attachment:       {keepingARNs, breakingARNs},
		policyAttachment: {keepingARNs, breakingARNs},
		userAttachment:   {keepingARNs, breakingARNs},
		groupAttachment:  {keepingARNs, breakingARNs},
	},
	"roles-named-keys": {
		managedPolicy: {
			[]o{policy("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/1"),
				{"policy": `{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"ssm.eu-central-1.amazonaws.com"}}}]}`}},
			[]o{policy("kms:Decrypt", "*"), policy("*", "*")},
		},
		userPolicy:  {[]o{policy("kms:ListAliases", "*")}, []o{policy("kms:Decrypt", "*")}},
		groupPolicy: {[]o{policy("kms:ListAliases", "*")}, []o{policy("kms:Decrypt", "*")}},
		role:        {[]o{{}}, []o{{"inlinePolicies": l{policy("kms:Decrypt", "*")}}}},
	},
	"groups-call-nobody-unnamed": {
		groupRule: {
			[]o{{"type": "egress", "cidrBlocks": l{"10.0.0.0/8"}}, {"type": "ingress", "cidrBlocks": l{"0.0.0.0/0"}}},
			[]o{{"type": "egress", "cidrBlocks": l{"0.0.0.0/0"}}, {"type": "egress", "ipv6CidrBlocks": l{"::/0"}}},
		},
		securityGroup: {[]o{{}, {"egress": l{o{"cidrBlocks": l{"10.0.0.0/8"}}}}}, []o{{"egress": l{o{"cidrBlocks": l{"0.0.0.0/0"}}}}}},
	},
	"groups-admit-nobody-unnamed": {
		groupRule: {
			[]o{{"type": "ingress", "cidrBlocks": l{"10.0.0.0/8"}}, {"type": "egress", "cidrBlocks": l{"0.0.0.0/0"}}},
			[]o{{"type": "ingress", "cidrBlocks": l{"0.0.0.0/0"}}, {"type": "ingress", "ipv6CidrBlocks": l{"::/0"}}},
		},
		securityGroup: {[]o{{}, {"ingress": l{o{"cidrBlocks": l{"10.0.0.0/8"}}}}}, []o{{"ingress": l{o{"cidrBlocks": l{"10.0.0.0/8", "0.0.0.0/0"}}}}}},
	},
}

func TestTheFurtherTypesOfAControlAreJudgedByTheCasesThatSayIt(t *testing.T) {
	for _, c := range Decided() {
		for kind := range c.Also {
			cases := alsoCases[c.Name][kind]
			if len(cases.keeps) == 0 || len(cases.breaks) == 0 || kind == c.Kind {
				t.Errorf("%s has no case for %s", c.Name, kind)
			}
			for verdict, all := range map[Verdict][]o{Kept: cases.keeps, Broken: cases.breaks} {
				for _, inputs := range all {
					if got, judged := c.Judge(one(kind, "a", inputs)); !judged || got != verdict {
						t.Errorf("%s: %s %v is %v, want %v", c.Name, kind, inputs, got, verdict)
					}
				}
			}
		}
	}
}

func one(kind, name string, inputs o) Resource { return Resource{kind, name, Of(inputs)} }

func ofPods(istiod float64, gateways string) Stack {
	return Stack{
		one(release, "istiod", o{"values": o{"replicaCount": istiod}}),
		one(configMap, "eastwest-defaults", o{"data": o{"deployment": `{"spec":{"replicas":` + gateways + `}}`}}),
	}
}

func interfaces(services ...string) Stack {
	stack := Stack{one(vpc, "a", nil)}
	for _, s := range services {
		stack = append(stack, one(endpoint, s, o{"vpcId": "a", "vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1." + s}))
	}
	return stack
}

var aNamespace = one(namespace, "a", o{"metadata": o{"name": "a"}})

// rolePods is a role that pods get, roleNodes one of nodes.
var (
	rolePods  = one(role, "pods", o{"name": "pods", "assumeRolePolicy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"}}]}`})
	roleNodes = one(role, "nodes", o{"name": "nodes", "assumeRolePolicy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]}}]}`})
)

// allCases has the same for each control that only a whole stack decides.
var allCases = map[string]struct{ keeps, breaks []Stack }{
	"namespaces-network-policies": {
		[]Stack{{
			aNamespace, one(networkPolicy, "a", o{"metadata": o{"namespace": "a"}, "spec": o{"policyTypes": l{"Ingress"}}}),
			one(addon, "cni", o{"addonName": "vpc-cni", "configurationValues": `{"enableNetworkPolicy":"true"}`}), one(addon, "dns", o{"addonName": "coredns"}),
		}},
		[]Stack{{aNamespace}, {one(addon, "cni", o{"addonName": "vpc-cni"})}},
	},
	"namespace-default-unused": {
		[]Stack{{one("kubernetes:apps/v1:Deployment", "a", o{"metadata": o{"namespace": "a"}})}},
		[]Stack{{one("kubernetes:apps/v1:Deployment", "a", o{"metadata": o{"namespace": "default"}})}, {one(release, "a", o{"namespace": "default"})}},
	},
	"namespaces-no-default-token": {
		[]Stack{{aNamespace, one(account, "a", o{"metadata": o{"name": "default", "namespace": "a"}, "automountServiceAccountToken": false})}},
		[]Stack{{aNamespace}, {aNamespace, one(account, "a", o{"metadata": o{"name": "default", "namespace": "a"}})}},
	},
	"subnets-two-zones": {
		[]Stack{{one(subnet, "a", o{"vpcId": "v", "availabilityZoneId": "x"}), one(subnet, "b", o{"vpcId": "v", "availabilityZoneId": "y"})}},
		[]Stack{{one(subnet, "a", o{"vpcId": "v", "availabilityZoneId": "x"}), one(subnet, "b", o{"vpcId": "w", "availabilityZoneId": "y"})}},
	},
	"pods-own-identities": {
		[]Stack{
			{one(addon, "cni", o{"addonName": "vpc-cni", "podIdentityAssociations": l{o{"roleArn": "r"}}}), rolePods, one(attachment, "a", o{"role": "pods", "policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"})},
			{one(addon, "cni", o{"addonName": "vpc-cni", "serviceAccountRoleArn": "r"}), roleNodes, one(attachment, "a", o{"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"})},
		},
		[]Stack{
			{one(addon, "cni", o{"addonName": "vpc-cni"})},
			{one(addon, "cni", o{"addonName": "vpc-cni", "serviceAccountRoleArn": "r"}), roleNodes, one(attachment, "a", o{"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"})},
			{one(addon, "cni", o{"addonName": "vpc-cni", "serviceAccountRoleArn": "r"}), rolePods, one(attachment, "a", o{"role": "another", "policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"})},
		},
	},
	"mesh-two-pods": {[]Stack{ofPods(2, "3")}, []Stack{ofPods(1, "2"), ofPods(2, "1")}},
	"vpcs-flow-logs": {
		[]Stack{{one(vpc, "a", nil), one(flowLog, "a", o{"trafficType": "ALL"})}},
		[]Stack{{one(vpc, "a", nil)}, {one(vpc, "a", nil), one(flowLog, "a", o{"trafficType": "REJECT"})}},
	},
	"vpcs-interface-endpoints": {[]Stack{interfaces("ec2", "ecr.api", "ecr.dkr", "ssm")}, []Stack{interfaces(), interfaces("ec2", "ecr.api", "ecr.dkr")}},
	"no-network-acls":          {[]Stack{{one(vpc, "a", nil)}}, []Stack{{one("aws:ec2/networkAcl:NetworkAcl", "a", nil)}}},
}

func TestEachControlIsKeptAndBrokenByTheCasesThatSayIt(t *testing.T) {
	for _, c := range Decided() {
		if c.Each == nil {
			continue
		}
		cases := eachCases[c.Name]
		if len(cases.keeps) == 0 || len(cases.breaks) == 0 {
			t.Errorf("%s has no case", c.Name)
		}
		for verdict, all := range map[Verdict][]o{Kept: cases.keeps, Broken: cases.breaks} {
			for _, inputs := range all {
				if got, judged := c.Judge(one(c.Kind, "a", inputs)); !judged || got != verdict {
					t.Errorf("%s: %v is %v, want %v", c.Name, inputs, got, verdict)
				}
			}
		}
		if _, judged := c.Judge(one("aws:s3/bucket:Bucket", "a", nil)); judged {
			t.Errorf("%s judges a bucket", c.Name)
		}
	}
}

func TestEachControlOfAStackIsKeptAndBrokenByTheCasesThatSayIt(t *testing.T) {
	for _, c := range Decided() {
		if c.All == nil {
			continue
		}
		cases := allCases[c.Name]
		if len(cases.keeps) == 0 || len(cases.breaks) == 0 {
			t.Errorf("%s has no case", c.Name)
		}
		for verdict, all := range map[Verdict][]Stack{Kept: cases.keeps, Broken: cases.breaks} {
			for _, stack := range all {
				if got := c.Check(stack); got.Verdict != verdict || got.Judged == 0 && verdict == Kept {
					t.Errorf("%s: %v is %v of %d, want %v", c.Name, stack, got.Verdict, got.Judged, verdict)
				}
			}
		}
		if f := c.Check(nil); f.Verdict != Kept || f.Judged != 0 {
			t.Errorf("%s judges an empty stack: %+v", c.Name, f)
		}
	}
}

// Nobody may take a value that only the update will know for a value that keeps or breaks a control.
func TestWhatIsUnknownIsUndecided(t *testing.T) {
	for name, inputs := range map[string]o{
		"tasks-no-public-address":     {"networkConfiguration": Unknown{}},
		"logs-own-key":                {"kmsKeyId": Unknown{}},
		"tasks-no-credentials":        {"containerDefinitions": Unknown{}},
		"eks-logs":                    {"enabledClusterLogTypes": l{"api", Unknown{}}},
		"groups-admit-nobody-unnamed": {"cidrIpv4": Unknown{}},
		"roles-no-stars":              {"policy": Unknown{}},
		"volumes-own-key":             {"blockDeviceMappings": l{o{"ebs": o{"encrypted": "true", "kmsKeyId": Unknown{}}}}},
	} {
		c := Decided()[slices.IndexFunc(Decided(), func(c Control) bool { return c.Name == name })]
		if got, _ := c.Judge(one(c.Kind, "a", inputs)); got != Undecided {
			t.Errorf("%s: %v is %v", name, inputs, got)
		}
		if f := c.Check(Stack{one(c.Kind, "a", inputs)}); f.Verdict != Undecided || !slices.Equal(f.Undecided, []string{"a"}) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	zones := Decided()[slices.IndexFunc(Decided(), func(c Control) bool { return c.Name == "subnets-two-zones" })]
	if f := zones.Check(Stack{one(subnet, "a", o{"vpcId": Unknown{}})}); f.Verdict != Undecided || len(f.Broken) > 0 {
		t.Errorf("a subnet in an unknown VPC: %+v", f)
	}
}

// A rule that panics for another reason is a fault of the rule.
func TestAFaultOfARuleIsNotUndecided(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the fault is taken for undecided")
		}
	}()
	Control{Kind: "a", Each: func(Inputs) bool { panic("fault") }}.Judge(Resource{Type: "a"})
}

func TestEveryControlThatResourcesDecideHasANameAndAFixOfItsOwn(t *testing.T) {
	form, seen := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`), map[string]bool{}
	for _, c := range Sixty {
		if decided := c.Outcome() == "checked"; decided != (c.Name != "") || decided != (c.Fix != "") || c.Mandatory && !decided {
			t.Errorf("control %d: name %q, fix %q", c.Number, c.Name, c.Fix)
		}
		if c.Name == "" {
			continue
		}
		if !form.MatchString(c.Name) || seen[c.Name] || strings.HasSuffix(c.Fix, ".") || c.Name == "all" {
			t.Errorf("control %d: name %q, fix %q", c.Number, c.Name, c.Fix)
		}
		seen[c.Name] = true
	}
}
