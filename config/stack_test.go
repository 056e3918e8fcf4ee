package config

import (
	"maps"
	"strings"
	"testing"
)

func TestRefusedStackSettings(t *testing.T) {
	run(t, []refusal{
		one("no install name", "installName", "", "installName is not set"),
		one("install name that begins with a digit", "installName", "1mesh", `installName = "1mesh"`, "begin with a letter"),
		one("install name in upper case", "installName", "Ambient", "lower-case"),
		one("install name of Kubernetes", "installName", "kube", "kube-"),
		one("no region", "region", "", "region is not set"),
		one("zone for a region", "region", "eu-central-1a", `region = "eu-central-1a"`, "not a region"),
		one("misspelt region", "region", "eu-centrall-1", "no region"),
		one("region that AWS has not", "region", "eu-central-9", `region = "eu-central-9"`, "eu-central-1", "give zoneIds"),
		one("region of another partition", "region", "us-iso-east-1", "aws-us-gov"),
		one("retention that CloudWatch has not", "logRetentionDays", 31, "logRetentionDays = 31", "30, 60"),
		one("retention for ever", "logRetentionDays", 0, "CloudWatch Logs knows only"),
		one("health check too often", "ztunnelHealthCheck/interval", 4, "ztunnelHealthCheck.interval = 4", "between 5 and 300"),
		one("health check too long", "ztunnelHealthCheck/timeout", 61, "between 2 and 60"),
		one("health check with no retry", "ztunnelHealthCheck/retries", 0, "between 1 and 10"),
		one("health check that starts too late", "ztunnelHealthCheck/startPeriod", 301, "between 0 and 300"),
		{"health check in part", []edit{{"ztunnelHealthCheck", object{"startPeriod": 120}}},
			[][]string{{"interval = 0", "all four"}, {"timeout = 0"}, {"retries = 0"}}},
		one("owner with a line break", "owner", "a\nb", "owner", "AWS allows"),
		one("tag of AWS", "tags/AWS:team", "x", `"AWS:team"`, "aws:"),
		one("tag of Solo", "tags", object{"ecs.solo.io/namespace": "x"}, "ecs.solo.io/", "discovery"),
		one("tag of Istio", "tags", object{"istio.io/use-waypoint": "x"}, "istio.io/", "labels in the mesh"),
		one("tag of a part of Istio", "tags", object{"topology.istio.io/network": "x"}, "topology.istio.io/", "labels in the mesh"),
		one("tag of EKS", "tags", object{"kubernetes.io/cluster/ambient": "owned"}, "kubernetes.io/", "load balancer"),
		one("tag of the program", "tags", object{"Ambient-ECS-Install": "x"}, "upper from lower", "ambient-ecs-install"),
		one("tag that is owner", "tags", object{"Owner": "x"}, "upper from lower", "the key owner"),
		one("tags that differ in case only", "tags", object{"Team": "x", "team": "y"}, "upper from lower", "tags.Team"),
		one("tag without a key", "tags", object{"": "x"}, "needs a key"),
		one("tag key too long", "tags", object{strings.Repeat("k", 129): "x"}, "128"),
		one("tag value too long", "tags", object{"k": strings.Repeat("v", 257)}, "tags.k", "256", "257"),
		one("tag with a sign", "tags", object{"a&b": "x"}, "AWS allows"),
		one("too many tags", "tags", manyTags(41), "tags = 41", "at most 40"),
	})
}

func TestNobodyElseSetsATagByWhichTheProgramKnowsItsResources(t *testing.T) {
	for _, key := range []string{InstallTag, StackTag, CreatorTag, ImportTag, GivenTag, ScalingTag} {
		run(t, []refusal{one(key, "tags", object{key: "x"}, `"`+key+`"`, "the program's own tag")})
		if TagProblem(key, "x") == "" {
			t.Errorf("%s may be a tag of a service", key)
		}
	}
}

func manyTags(n int) object {
	tags := object{}
	for i := range n {
		tags["t"+strings.Repeat("x", i)] = ""
	}
	return tags
}

func TestPartitionFollowsFromTheRegion(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn", "us-gov-west-1": "aws-us-gov",
	} {
		if got := (Config{StackSettings: StackSettings{Region: region}}).Partition(); got != want {
			t.Errorf("%s is in %s, want %s", region, got, want)
		}
	}
}

func TestResourceTagsAddInstallAndOwner(t *testing.T) {
	c := Config{StackSettings: StackSettings{Install: "i", Owner: "me", Tags: map[string]string{"team": "a"}}}
	want := map[string]string{"team": "a", "owner": "me", "ambient-ecs-install": "i"}
	if got := c.ResourceTags(); !maps.Equal(got, want) {
		t.Errorf("tags are %v, want %v", got, want)
	}
	if len(c.Tags) != 1 {
		t.Error("the tags of the configuration were changed")
	}
	if got := (Config{StackSettings: StackSettings{Install: "i"}}).ResourceTags(); len(got) != 1 {
		t.Errorf("without an owner the tags are %v", got)
	}
}

// A region that opens after a release can be used with it.
func TestANewRegionIsTakenWithItsZones(t *testing.T) {
	values := with(edit{"region", "eu-central-9"}, edit{"zoneIds", list("euc9-az1", "euc9-az2", "euc9-az3")})
	if c := mustLoad(t, values); c.Region != "eu-central-9" {
		t.Errorf("the region is %s", c.Region)
	}
}
