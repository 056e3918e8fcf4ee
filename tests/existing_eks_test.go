package tests

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/tests/recorder"
)

// Mesh, outputs and observability do not know who made the cluster, and one output says it.
func TestAnExistingEKSChangesNeitherTheOutputsNorTheMesh(t *testing.T) {
	guest, own := succeed(t, Record(t, "their-eks", nil)), succeed(t, Record(t, "their-networks", nil))
	if got := fmt.Sprint(guest.Outputs["existingEks"]); got != "map[loadBalancerController:false name:prod-eu]" {
		t.Errorf("the output existingEks is %s", got)
	}
	delete(guest.Outputs, "existingEks")
	if a, b := slices.Sorted(maps.Keys(guest.Outputs)), slices.Sorted(maps.Keys(own.Outputs)); !slices.Equal(a, b) {
		t.Errorf("the outputs are\n%v\nand with a cluster of ours\n%v", a, b)
	}
	releases := func(r *recorder.Recording) (names []string) {
		for _, res := range r.OfType("kubernetes:helm.sh/v3:Release") {
			names = append(names, res.Name)
		}
		slices.Sort(names)
		return names
	}
	if a, b := releases(guest), releases(own); len(a) == 0 || !slices.Equal(a, b) {
		t.Errorf("the releases are %v, and in a cluster of ours %v", a, b)
	}
	for name, want := range map[string]any{"eksClusterName": "prod-eu", "eksSecurityGroupId": "sg-theirs", "eksEndpoint": "https://theirs.example", "oidcProviderArn": ""} {
		if got := guest.Outputs[name]; got != want {
			t.Errorf("the output %s is %v, want %v", name, got, want)
		}
	}
}

// What joins the cluster is ours. Nothing makes, changes or deletes anything else of it.
func TestOnlyWhatJoinsAnExistingEKSIsRegistered(t *testing.T) {
	r := succeed(t, Record(t, "their-eks", nil))
	var made []string
	for _, res := range r.Resources {
		eks := strings.HasPrefix(res.Type, "aws:eks/") || strings.HasPrefix(res.Type, "eks:") || strings.Contains(res.Type, "openIdConnectProvider") || strings.Contains(res.Type, "launchTemplate")
		if eks || strings.Contains(res.Type, "IngressRule") && res.Inputs["securityGroupId"] == "sg-theirs" {
			made = append(made, res.Type+" "+res.Name)
		}
	}
	slices.Sort(made)
	if want := []string{"aws:eks/podIdentityAssociation:PodIdentityAssociation eks-istiod", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule eks-hbone-from-platform"}; !slices.Equal(made, want) {
		t.Errorf("the program makes %q, want %q", made, want)
	}
}

// An owner reads what joins the cluster in docs/existing-eks.md: every kind of it, and every service account that gets a role.
func TestTheOwnerCanReadWhatJoinsTheCluster(t *testing.T) {
	page, err := os.ReadFile("../docs/existing-eks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Who owns what")
	section, _, _ = strings.Cut(section, "\n## ")
	r := succeed(t, Record(t, "their-eks", func(o *recorder.Options) {
		o.Config["ambient-ecs:gatewayLoadBalancers"] = `["controller"]`
		o.Config["ambient-ecs:observability"] = `{"metrics": true, "clusterLogs": true}`
		o.Config["ambient-ecs:apiPrivateCidrs"] = `["10.99.0.0/16"]`
		o.Config["ambient-ecs:clusterReaders"] = `["arn:aws:iam::111122223333:role/audit"]`
	}))
	words := map[string]int{}
	for _, res := range r.Resources {
		switch res.Type {
		case "aws:eks/podIdentityAssociation:PodIdentityAssociation":
			words[fmt.Sprint(res.Inputs["serviceAccount"])]++
		case "aws:eks/accessEntry:AccessEntry":
			words["access entry"]++
		case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
			if port := fmt.Sprint(res.Inputs["fromPort"]); res.Inputs["securityGroupId"] != "sg-theirs" {
				continue
			} else if res.Inputs["referencedSecurityGroupId"] != nil {
				words["security group for the load balancer"]++
			} else {
				words["port "+port]++
			}
		}
	}
	for _, word := range []string{"istiod", "aws-load-balancer-controller", "prometheus", "fluent-bit", "access entry", "security group for the load balancer", "port 15008", "port 443"} {
		if words[word] == 0 {
			t.Errorf("nothing that is registered is %q: %v", word, words)
		}
		delete(words, word)
		if !strings.Contains(section, word) {
			t.Errorf("docs/existing-eks.md does not name %q", word)
		}
	}
	if len(words) > 0 {
		t.Errorf("docs/existing-eks.md has to name %v, and this test too", words)
	}
}

// Who runs the load balancer controller decides who has its role and its release.
func TestALoadBalancerControllerOfTheirsIsNotInstalledAgain(t *testing.T) {
	for _, theirs := range []bool{false, true} {
		r := succeed(t, Record(t, "their-eks", func(o *recorder.Options) {
			o.Config["ambient-ecs:gatewayLoadBalancers"] = `["controller"]`
			if theirs {
				o.Config["ambient-ecs:existingEks"] = `{"name": "prod-eu", "loadBalancerController": true, "nodeSecurityGroupId": "sg-0060000000000000a"}`
			}
			answering(answers{"aws:ec2/getSecurityGroup:getSecurityGroup": gives(map[string]any{"vpcId": "vpc-00600000000000001"}),
				"aws:vpc/getSecurityGroupRules:getSecurityGroupRules": gives(map[string]any{"ids": []any{"sgr-1"}}),
				"aws:vpc/getSecurityGroupRule:getSecurityGroupRule":   gives(map[string]any{"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "referencedSecurityGroupId": "sg-theirs"})})(o)
		}))
		if shut := strings.Contains(strings.Join(r.Warnings, "\n"), "no rule of sg-0060000000000000a admits the control plane of prod-eu to port 15017"); shut != theirs {
			t.Errorf("theirs %v: the webhook is shut: %v", theirs, shut)
		}
		installed, admitted := false, ""
		for _, res := range r.Resources {
			installed = installed || strings.Contains(res.Name, "load-balancer-controller")
			if res.Type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" && strings.HasPrefix(res.Name, "nodes-from-eastwest-load-balancer") && res.Inputs["referencedSecurityGroupId"] != nil {
				admitted, _ = res.Inputs["securityGroupId"].(string)
			}
		}
		want := "sg-theirs"
		if theirs {
			want = "sg-0060000000000000a"
		}
		if installed == theirs || admitted != want {
			t.Errorf("theirs %v: the controller is installed: %v, and the nodes' group is %s", theirs, installed, admitted)
		}
	}
}
