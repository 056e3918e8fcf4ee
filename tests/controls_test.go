package tests

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
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

// control is a rule of a benchmark that the recorded resources of a stack can be held against.
type control struct {
	// id is the benchmark's name of the rule, text what it asks for.
	id, text string
	// kind are the resources that it judges. A stack without any fails it.
	kind string
	// holds judges one of them.
	holds func(in map[string]any) bool
}

// is compares an input, as text.
func is(key string, want any) func(map[string]any) bool {
	return func(in map[string]any) bool { return fmt.Sprint(in[key]) == fmt.Sprint(want) }
}

func kept(in map[string]any) bool {
	days, _ := in["retentionInDays"].(float64)
	return days >= 365
}

// controls are in the order of the page.
var controls = []control{
	{"EC2.6", "every VPC has a flow log", "aws:ec2/flowLog:FlowLog", is("trafficType", "ALL")},
	{"EC2.2", "the default security group admits nothing and lets nothing out", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
		func(in map[string]any) bool { return in["ingress"] == nil && in["egress"] == nil }},
	{"EC2.15", "no subnet gives out public addresses", "aws:ec2/subnet:Subnet", is("mapPublicIpOnLaunch", false)},
	{"EC2.18", "no security group admits everybody", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		func(in map[string]any) bool { return in["cidrIpv4"] != "0.0.0.0/0" && in["cidrIpv6"] == nil }},
	{"EC2.170", "nodes answer metadata to IMDSv2 only", "aws:ec2/launchTemplate:LaunchTemplate",
		func(in map[string]any) bool {
			options, _ := in["metadataOptions"].(map[string]any)
			return is("httpTokens", "required")(options) && is("httpPutResponseHopLimit", 1)(options)
		}},
	{"KMS.4", "keys are rotated", "aws:kms/key:Key", is("enableKeyRotation", true)},
	{"CloudWatch.16", "log groups keep their events for a year", "aws:cloudwatch/logGroup:LogGroup", kept},
	{"CloudWatch", "log groups are encrypted with a key of the account", "aws:cloudwatch/logGroup:LogGroup", func(in map[string]any) bool { return in["kmsKeyId"] != nil }},
	{"SNS.1", "topics are encrypted with a key of the account", "aws:sns/topic:Topic", func(in map[string]any) bool { return in["kmsMasterKeyId"] != nil }},
	{"EC2.3", "volumes of nodes are encrypted with a key of the account", "aws:ec2/launchTemplate:LaunchTemplate",
		func(in map[string]any) bool {
			devices, _ := in["blockDeviceMappings"].([]any)
			for _, device := range devices {
				mapping, _ := device.(map[string]any)
				volume, _ := mapping["ebs"].(map[string]any)
				if volume["encrypted"] != "true" || volume["kmsKeyId"] == nil {
					return false
				}
			}
			return len(devices) > 0
		}},
	{"EKS.2", "the cluster runs a version that the stack names", "eks:index:Cluster", func(in map[string]any) bool { return in["version"] != nil }},
	{"EKS.8", "the cluster writes its audit log", "eks:index:Cluster",
		func(in map[string]any) bool {
			return strings.Contains(fmt.Sprint(in["enabledClusterLogTypes"]), "audit")
		}},
	{"EKS.3", "Kubernetes secrets are encrypted with a key of the account", "eks:index:Cluster",
		func(in map[string]any) bool { return in["encryptionConfigKeyArn"] != nil }},
	{"ECS.12", "ECS clusters have Container Insights", "aws:ecs/cluster:Cluster",
		func(in map[string]any) bool { return strings.Contains(fmt.Sprint(in["settings"]), "enabled") }},
	{"ECS.2", "tasks get no public address", "aws:ecs/service:Service",
		func(in map[string]any) bool {
			network, _ := in["networkConfiguration"].(map[string]any)
			public := network["assignPublicIp"]
			return public == nil || public == false
		}},
}

// score returns how many resources a control judges, and the names of those that break it.
func (c control) score(r *recorder.Recording) (judged int, broken []string) {
	for _, res := range r.OfType(c.kind) {
		judged++
		if !c.holds(res.Inputs) {
			broken = append(broken, res.Name)
		}
	}
	return judged, broken
}

func TestProductionKeepsTheControls(t *testing.T) {
	r := succeed(t, Record(t, "prod", production))
	page := "# Controls that a test holds\n\nThe test `TestProductionKeepsTheControls` holds the resources of `Pulumi.prod.yaml` against each. The names are those of AWS Security Hub.\n\n" +
		"| control | asks for |\n|---|---|\n"
	for _, c := range controls {
		judged, broken := c.score(r)
		if judged == 0 || len(broken) > 0 {
			t.Errorf("%s: %s: broken by %v of %d", c.id, c.text, broken, judged)
		}
		page += "| " + c.id + " | " + c.text + " |\n"
	}
	golden.Check(t, filepath.Join(Root, "docs", "controls-tested.md"), page, "It is what the controls of a test ask for.")
	if vpcs, flows := len(r.OfType("aws:ec2/vpc:Vpc")), len(r.OfType("aws:ec2/flowLog:FlowLog")); vpcs != flows {
		t.Errorf("%d flow logs for %d VPCs", flows, vpcs)
	}
}

// A control that the open demo keeps as well judges nothing that the example for production is for.
func TestTheOpenDemoBreaksTheControlsOfProduction(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	for _, c := range controls {
		judged, broken := c.score(r)
		fails := judged == 0 || len(broken) > 0
		if want := slices.Contains([]string{"EC2.6", "CloudWatch.16", "CloudWatch", "SNS.1", "EC2.3"}, c.id); fails != want {
			t.Errorf("%s: broken is %v in the open demo", c.id, fails)
		}
	}
}

// Each control must be able to fail: an input without the setting breaks it, or one with a wrong setting.
func TestEveryControlCanBeBroken(t *testing.T) {
	wrong := map[string]map[string]any{
		"EC2.2":  {"egress": []any{map[string]any{"protocol": "-1"}}},
		"EC2.18": {"cidrIpv4": "0.0.0.0/0"},
		"ECS.2":  {"networkConfiguration": map[string]any{"assignPublicIp": true}},
	}
	for _, c := range controls {
		if c.holds(wrong[c.id]) {
			t.Errorf("%s holds for %v", c.id, wrong[c.id])
		}
	}
}
