package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/controls"
	"ambient-ecs/tests/golden"
	"ambient-ecs/tests/recorder"
)

// production is Pulumi.prod.yaml with an image's digest in place of each placeholder.
func production(o *recorder.Options) {
	key := config.Project + ":clusters"
	for _, digit := range []string{"0", "1"} {
		o.Config[key] = strings.ReplaceAll(o.Config[key], strings.Repeat(digit, 64), strings.Repeat("0123456789abcdef", 4))
	}
}

// registered are the resources of a recording as the controls judge them, with the parts of pulumi-eks's component.
func registered(r *recorder.Recording) (all []controls.Resource) {
	for _, res := range slices.Concat(r.Resources, r.Made) {
		all = append(all, controls.Resource{Type: res.Type, Name: res.Name, Inputs: res.Inputs})
	}
	return all
}

func TestProductionKeepsTheControls(t *testing.T) {
	stack := registered(succeed(t, Record(t, "prod", production)))
	for _, c := range controls.Sixty {
		if c.Outcome() != "checked" {
			continue
		}
		if broken := c.Break(stack); len(broken) > 0 {
			t.Errorf("%d %s: %s: broken by %v", c.Number, c.ID, c.Text, broken)
		}
	}
}

func TestTheDocumentationListsTheControls(t *testing.T) {
	count := map[string]int{}
	page, open := "", "| control | asks for | why it is open |\n|---|---|---|\n"
	for _, c := range controls.Sixty {
		count[c.Outcome()]++
		page += fmt.Sprintf("| %d | %s | %s | %s |\n", c.Number, c.ID, c.Text, outcome(c))
		if c.Open != "" {
			open += "| " + c.ID + " | " + c.Text + " | " + c.Open + " |\n"
		}
	}
	passed := count["checked"] + count["by construction"]
	page = "# Sixty controls\n\nFrom AWS Security Hub, the CIS Amazon EKS Benchmark 1.7, AWS Control Tower and the EKS best practices. [`Pulumi.prod.yaml`](../Pulumi.prod.yaml) passes " +
		fmt.Sprintf("%d, %d are open, and %d do not apply. ", passed, count["open"], count["does not apply"]) +
		"A control that is *checked* is held against the resources of this stack by the test `TestProductionKeepsTheControls`.\n\n" +
		"| | control | asks for | outcome |\n|---|---|---|---|\n" + page
	golden.Check(t, filepath.Join(Root, "docs", "controls-tested.md"), page, "It is what tests/controls says of each control.")

	path := filepath.Join(Root, "docs", "safety.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)(<!-- controls -->\n).*(<!-- end of controls -->)`)
	if !list.Match(text) {
		t.Fatal("docs/safety.md has no place for the controls")
	}
	want := list.ReplaceAllStringFunc(string(text), func(string) string { return "<!-- controls -->\n" + open + "<!-- end of controls -->" })
	golden.Check(t, path, want, "Its list of open controls is what tests/controls says.")
}

func outcome(c controls.Control) string {
	switch c.Outcome() {
	case "by construction":
		return "by construction: `" + c.Test + "`"
	case "open":
		return "**open**: " + c.Open
	case "does not apply":
		return "does not apply: " + c.None
	}
	return c.Outcome()
}

// Every control has one outcome, and a test that holds one exists.
func TestEveryControlHasOneOutcome(t *testing.T) {
	if len(controls.Sixty) != 60 {
		t.Errorf("there are %d controls", len(controls.Sixty))
	}
	tests := sources(t)
	for i, c := range controls.Sixty {
		outcomes := 0
		for _, set := range []bool{c.Each != nil, c.All != nil, c.Test != "", c.Open != "", c.None != ""} {
			if set {
				outcomes++
			}
		}
		if c.Number != i+1 || outcomes != 1 || c.ID == "" || c.Text == "" || (c.Each != nil) != (c.Kind != "") {
			t.Errorf("control %d is %+v", i+1, c)
		}
		if c.Test != "" && !strings.Contains(tests, "func "+c.Test+"(") {
			t.Errorf("control %d: there is no test %s", c.Number, c.Test)
		}
	}
}

// sources are the tests of the program in one text.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"../iam/*/*_test.go", "../living/*/*_test.go", "components/*_test.go", "*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

// The open demo breaks what the example for production is for, and nothing else.
func TestTheOpenDemoBreaksTheControlsOfProduction(t *testing.T) {
	stack := registered(succeed(t, Record(t, "dev", nil)))
	var broken []int
	for _, c := range controls.Sixty {
		if c.Outcome() == "checked" && len(c.Break(stack)) > 0 {
			broken = append(broken, c.Number)
		}
	}
	if want := []int{12, 13, 14, 15, 36, 40, 44, 46, 51, 52, 56, 57, 59, 60}; !slices.Equal(broken, want) {
		t.Errorf("the open demo breaks %v, want %v", broken, want)
	}
}

// Each control that one resource decides must be able to fail: an input without the setting breaks it, or one with a wrong setting.
func TestEveryControlCanBeBroken(t *testing.T) {
	policy := func(action, resource string) map[string]any {
		return map[string]any{"policy": `{"Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}]}`}
	}
	public := map[string]any{"networkInterfaces": []any{map[string]any{"associatePublicIpAddress": "true"}}}
	wrong := map[int]map[string]any{
		8:  public,
		10: {"policyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess"},
		25: {"networkConfiguration": map[string]any{"assignPublicIp": true}},
		26: {"pidMode": "host"},
		31: {"platformVersion": "1.3.0"},
		36: {"enableExecuteCommand": true},
		39: {"egress": []any{map[string]any{"protocol": "-1"}}},
		42: {"cidrIpv4": "0.0.0.0/0"},
		45: public,
		50: policy("s3:*", "arn:aws:s3:::a"),
		51: {"assumeRolePolicy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`},
		53: policy("kms:Decrypt", "*"),
	}
	for _, c := range controls.Sixty {
		if c.Each != nil && c.Each(wrong[c.Number]) {
			t.Errorf("%d %s holds for %v", c.Number, c.ID, wrong[c.Number])
		}
	}
	for number, container := range map[int]string{27: `{"privileged":true}`, 29: `{"environment":[{"name":"AWS_SECRET_ACCESS_KEY"}]}`, 30: `{}`} {
		if controls.Sixty[number-1].Each(map[string]any{"containerDefinitions": "[" + container + "]"}) {
			t.Errorf("control %d holds for the container %s", number, container)
		}
	}
}

// Each control that a whole stack decides must be able to fail.
func TestEveryControlOfAStackCanBeBroken(t *testing.T) {
	wrong := map[int][]controls.Resource{
		12: {{Type: "kubernetes:core/v1:Namespace", Name: "a", Inputs: map[string]any{"metadata": map[string]any{"name": "a"}}}},
		15: {
			{Type: "kubernetes:core/v1:Namespace", Name: "a", Inputs: map[string]any{"metadata": map[string]any{"name": "a"}}},
			{Type: "kubernetes:core/v1:ServiceAccount", Name: "a", Inputs: map[string]any{"metadata": map[string]any{"name": "default", "namespace": "a"}}},
		},
		14: {{Type: "kubernetes:apps/v1:Deployment", Name: "a", Inputs: map[string]any{"metadata": map[string]any{"namespace": "default"}}}},
		20: {{Type: "aws:ec2/subnet:Subnet", Name: "a", Inputs: map[string]any{"vpcId": "v", "availabilityZoneId": "z"}}, {Type: "aws:ec2/subnet:Subnet", Name: "b", Inputs: map[string]any{"vpcId": "v", "availabilityZoneId": "z"}}},
		21: {
			{Type: "kubernetes:helm.sh/v3:Release", Name: "istiod", Inputs: map[string]any{"values": map[string]any{"replicaCount": 1.0}}},
			{Type: "kubernetes:core/v1:ConfigMap", Name: "eastwest-defaults", Inputs: map[string]any{"data": map[string]any{"deployment": `{"spec":{"replicas":2}}`}}},
		},
		40: {{Type: "aws:ec2/vpc:Vpc", Name: "a"}, {Type: "aws:ec2/flowLog:FlowLog", Name: "a", Inputs: map[string]any{"trafficType": "REJECT"}}},
		44: {{Type: "aws:ec2/vpc:Vpc", Name: "a"}, {Type: "aws:ec2/vpcEndpoint:VpcEndpoint", Name: "a", Inputs: map[string]any{"vpcId": "v", "vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1.ec2"}}},
		47: {{Type: "aws:ec2/networkAcl:NetworkAcl", Name: "a"}},
	}
	for _, c := range controls.Sixty {
		if c.All != nil && len(c.All(wrong[c.Number])) == 0 {
			t.Errorf("%d %s holds for %v", c.Number, c.ID, wrong[c.Number])
		}
	}
}
