package tests

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/iam"
	"ambient-ecs/tests/recorder"
)

func TestNoResourceRunsUnderADefaultProvider(t *testing.T) {
	for _, stack := range Stacks {
		for _, res := range succeed(t, Record(t, stack, nil)).Resources {
			if res.Custom && !strings.HasPrefix(res.Type, "pulumi:providers:") && res.Provider == "" {
				t.Errorf("%s: %s %s has no explicit provider", stack, res.Type, res.Name)
			}
		}
	}
}

func TestEveryResourceBelongsToAComponent(t *testing.T) {
	for _, res := range succeed(t, Record(t, "dev", nil)).Resources {
		if res.Custom && !strings.HasPrefix(res.Type, "pulumi:providers:") && strings.Contains(res.Parent, "::pulumi:pulumi:Stack::") {
			t.Errorf("%s %s hangs directly under the stack", res.Type, res.Name)
		}
	}
}

// Tasks of an old revision run on while a new one deploys, and ECS may go back to it. So their policies are not changed in place, and no two
// policies that follow one another have the same name.
func TestTasksKeepTheirRightsWhileTheirServiceDeploys(t *testing.T) {
	for _, stack := range Stacks {
		r := succeed(t, Record(t, stack, nil))
		kinds := map[string]bool{}
		for _, res := range r.OfType("aws:iam/rolePolicy:RolePolicy") {
			for _, kind := range []string{iam.ExecutionRoleType, iam.TaskRoleType, iam.ScheduleRoleType} {
				if !strings.Contains(res.Parent, kind+"::") {
					continue
				}
				kinds[kind] = true
				if !slices.Equal(res.ReplaceOnChanges, []string{"policy"}) || res.DeleteBeforeReplace || res.Inputs["name"] != nil {
					t.Errorf("%s: %s is replaced on changes of %v, first deleted: %v, and has the name %v", stack, res.Name, res.ReplaceOnChanges, res.DeleteBeforeReplace, res.Inputs["name"])
				}
			}
		}
		if !kinds[iam.ExecutionRoleType] || stack == "shop" && len(kinds) < 3 {
			t.Errorf("%s: only %v have policies", stack, kinds)
		}
	}
}

func TestTheOnlyIngressIsTheMeshPortFromTheMeshNetworks(t *testing.T) {
	mesh := map[any]bool{"192.168.0.0/16": true, "10.1.0.0/16": true}
	r := succeed(t, Record(t, "dev", nil))
	rules := r.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
	if len(rules) == 0 {
		t.Fatal("no ingress rule at all")
	}
	for _, rule := range rules {
		if !mesh[rule.Inputs["cidrIpv4"]] || rule.Inputs["fromPort"] != 15008.0 || rule.Inputs["toPort"] != 15008.0 || rule.Inputs["ipProtocol"] != "tcp" {
			t.Errorf("%s admits more than tcp 15008 from the mesh: %v", rule.Name, rule.Inputs)
		}
	}
	for _, group := range r.OfType("aws:ec2/securityGroup:SecurityGroup") {
		if group.Inputs["ingress"] != nil || group.Inputs["egress"] != nil {
			t.Errorf("%s has inline rules, which fight with rule resources: %v", group.Name, group.Inputs)
		}
	}
	for _, group := range r.OfType("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup") {
		if group.Inputs["ingress"] != nil || group.Inputs["egress"] != nil {
			t.Errorf("%s is not emptied: %v", group.Name, group.Inputs)
		}
	}
}

func TestTasksLeaveOnlyByTheMeshPortsAndHTTPS(t *testing.T) {
	for _, rule := range succeed(t, Record(t, "dev", nil)).OfType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") {
		to, port := rule.Inputs["cidrIpv4"], rule.Inputs["fromPort"]
		if port != rule.Inputs["toPort"] {
			t.Errorf("%s opens a range of ports: %v", rule.Name, rule.Inputs)
		}
		switch {
		case port == 443.0 && to == "0.0.0.0/0":
		case (port == 15008.0 || port == 15012.0) && (to == "192.168.0.0/16" || to == "10.1.0.0/16"):
		default:
			t.Errorf("%s lets tasks leave to %v:%v", rule.Name, to, port)
		}
	}
}

func TestNothingGetsAPublicAddress(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	for _, subnet := range r.OfType("aws:ec2/subnet:Subnet") {
		if v := subnet.Inputs["mapPublicIpOnLaunch"]; v != nil && v != false {
			t.Errorf("subnet %s hands out public addresses", subnet.Name)
		}
	}
	for _, service := range r.OfType("aws:ecs/service:Service") {
		network, _ := service.Inputs["networkConfiguration"].(map[string]any)
		if network["assignPublicIp"] == true {
			t.Errorf("service %s asks for a public address", service.Name)
		}
	}
	gateway := r.Get(t, "kubernetes:gateway.networking.k8s.io/v1:Gateway", "eastwest")
	spec, _ := gateway.Inputs["spec"].(map[string]any)
	infrastructure, _ := spec["infrastructure"].(map[string]any)
	annotations, _ := infrastructure["annotations"].(map[string]any)
	for key, want := range map[string]string{
		"service.beta.kubernetes.io/aws-load-balancer-internal":  "true",
		"service.beta.kubernetes.io/aws-load-balancer-type":      "nlb",
		"service.beta.kubernetes.io/load-balancer-source-ranges": "10.1.0.0/16,192.168.0.0/16",
	} {
		if got := annotations[key]; got != want {
			t.Errorf("the load balancer's annotation %s = %v, want %s", key, got, want)
		}
	}
}

func TestTheGatewayIsReadyOnlyWhenItHasItsAddress(t *testing.T) {
	gateway := succeed(t, Record(t, "dev", nil)).Get(t, "kubernetes:gateway.networking.k8s.io/v1:Gateway", "eastwest")
	annotations, _ := metadata(gateway)["annotations"].(map[string]any)
	if got := annotations["pulumi.com/waitFor"]; got != "condition=Programmed" {
		t.Errorf("the gateway counts as created when %v", got)
	}
}

func TestTheLicenceIsOnlyInOneSecret(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	for _, res := range r.Resources {
		text, err := json.Marshal(res.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), Licence) {
			continue
		}
		if res.Type != "kubernetes:core/v1:Secret" {
			t.Errorf("%s %s carries the licence", res.Type, res.Name)
		}
		if len(res.Secrets) == 0 {
			t.Errorf("%s %s carries the licence, but not marked as a secret", res.Type, res.Name)
		}
	}
	if strings.Contains(fmt.Sprint(r.Outputs), Licence) {
		t.Error("an output carries the licence")
	}
}

func TestNoRoleHasABroadManagedPolicy(t *testing.T) {
	allowed := map[any]bool{
		"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy":          true,
		"arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy":               true,
		"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly": true,
		"arn:aws:iam::aws:policy/AmazonEKSClusterPolicy":             true,
	}
	for _, a := range succeed(t, Record(t, "dev", nil)).OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		if !allowed[a.Inputs["policyArn"]] {
			t.Errorf("%s attaches %v", a.Name, a.Inputs["policyArn"])
		}
	}
}

func TestNoTwoIdentitiesShareATaskRole(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	owner := map[any]string{}
	accounts := r.OfType("kubernetes:core/v1:ServiceAccount")
	if len(accounts) == 0 {
		t.Fatal("no service account")
	}
	for _, sa := range accounts {
		annotations, _ := metadata(sa)["annotations"].(map[string]any)
		role := annotations["ecs.solo.io/role-arn"]
		if other, taken := owner[role]; taken || role == nil {
			t.Errorf("service accounts %s and %s share role %v: either can take the other's identity", sa.Name, other, role)
		}
		owner[role] = sa.Name
	}
}

func metadata(res *recorder.Resource) map[string]any {
	m, _ := res.Inputs["metadata"].(map[string]any)
	return m
}

// Pulumi passes secrets decrypted. The program must mark every value that contains one as a secret again.
func TestWhatTheStackFileEncryptsStaysEncrypted(t *testing.T) {
	const password = "a-password-that-must-stay-secret"
	clusters := map[string]any{"ecs-1": map[string]any{"account": "local", "services": map[string]any{
		"db":   map[string]any{"image": "example.com/db:1", "port": 5432, "environment": map[string]any{"DB_PASSWORD": password}},
		"echo": map[string]any{"image": "example.com/echo:1", "port": 8080},
	}}}
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		o.Config[config.Project+":clusters"] = text(t, clusters)
		delete(o.Config, config.Project+":sharedServices")
		o.Config[config.Project+":pilotEnv"] = text(t, map[string]any{"TOKEN": password})
		accounts := decode(t, o.Config[config.Project+":accounts"])
		external := accounts["external"].(map[string]any)
		external["roleArn"], external["externalId"] = "arn:aws:iam::444455556666:role/deployer", password
		o.Config[config.Project+":accounts"] = text(t, accounts)
		for _, key := range []string{"clusters", "pilotEnv", "accounts"} {
			o.Secrets = append(o.Secrets, config.Project+":"+key)
		}
	}))
	found := map[string]int{}
	for _, res := range r.Resources {
		for key, value := range res.Inputs {
			if !strings.Contains(text(t, value), password) {
				continue
			}
			found[res.Type]++
			if !slices.Contains(res.Secrets, key) {
				t.Errorf("%s of %s %s shows the secret", key, res.Type, res.Name)
			}
		}
	}
	for _, typ := range []string{"aws:ecs/taskDefinition:TaskDefinition", "kubernetes:helm.sh/v3:Release", "pulumi:providers:aws"} {
		if found[typ] != 1 {
			t.Errorf("%d of %s hold the secret, want one", found[typ], typ)
		}
	}
	if got, want := strings.Join(r.SecretOutputs, " "), "accounts kubeconfig"; got != want {
		t.Errorf("secret outputs are %s, want %s", got, want)
	}
	for name, value := range r.Outputs {
		if name != "accounts" && strings.Contains(text(t, value), password) {
			t.Errorf("output %s shows the secret", name)
		}
	}
}

func decode(t *testing.T, document string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(document), &object); err != nil {
		t.Fatal(err)
	}
	return object
}
