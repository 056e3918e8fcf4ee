package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/quota"
)

// abroad puts the account external into Virginia, and more.
func abroad(more ...edit) []edit {
	return append([]edit{
		{"istioVersion", "1.30.2-solo"}, {"accounts/external/region", "us-east-1"},
		{"accounts/external/discoveryValues", object{"regions": list("us-east-1"), "depth": 2, "share": 0.5, "deep": object{"on": true}}},
	}, more...)
}

func TestARegionBelongsToAnAccount(t *testing.T) {
	c := mustLoad(t, with(abroad()...))
	if got := fmt.Sprint(c.Regions()); got != "[eu-central-1 us-east-1]" {
		t.Errorf("the regions are %s", got)
	}
	for got, want := range map[string]string{
		c.RegionOf("local"): "eu-central-1", c.RegionOf("external"): "us-east-1",
		c.ECSClusterARN("ecs-1"):                "arn:aws:ecs:eu-central-1:111122223333:cluster/ambient-ecs-1",
		c.ECSClusterARN("ecs-3"):                "arn:aws:ecs:us-east-1:444455556666:cluster/ambient-ecs-3",
		c.ServiceEntry("ecs-3", "echo-service"): "ecs-service-444455556666-us-east-1-ambient-ecs-3-echo-service",
		c.AlarmTopicARN("external"):             "arn:aws:sns:us-east-1:444455556666:ambient-alarms",
		c.Contract("ecs-3").Region:              "us-east-1",
		c.EKSClusterARN():                       "arn:aws:eks:eu-central-1:111122223333:cluster/ambient",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	want := map[string]any{"regions": []any{"us-east-1"}, "depth": 2, "share": 0.5, "deep": map[string]any{"on": true}}
	if got := c.Accounts["external"].DiscoveryValues; !reflect.DeepEqual(got, want) {
		t.Errorf("istiod's chart gets %#v", got)
	}
	if warnings := strings.Join(c.Notices(Lives{}), "\n"); !strings.Contains(warnings, "accounts.external: the discovery of ECS services in another region") {
		t.Errorf("nobody says that this is unproven: %s", warnings)
	}
	if c := mustLoad(t, with(edit{"accounts/external/region", "eu-central-1"})); c.Abroad("external") || len(c.Regions()) != 1 {
		t.Error("the stack's own region counts as another one")
	}
}

func TestOneAWSAccountMayBeOneEntryInEachRegion(t *testing.T) {
	const local, external = "accounts/local/", "accounts/external/"
	c := mustLoad(t, with(abroad(edit{external + "id", "111122223333"}, edit{external + "profile", "local"}, edit{local + "profile", "local"})...))
	if names := slices.Concat(c.RoleNames("local"), c.RoleNames("external")); len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("IAM's names are for all regions of an account, and two entries share one: %v", names)
	}
}

// IAM counts the roles of all regions of an account together.
func TestTheRolesOfTwoRegionsOfAnAccountCountTogether(t *testing.T) {
	cluster := func(account string) Cluster {
		services := map[string]Service{}
		for i := range quota.Roles.Default/2 + 1 {
			name := fmt.Sprintf("s-%d", i)
			services[name] = Service{Workload: Workload{ServiceAccount: name}}
		}
		return Cluster{Account: account, Services: services}
	}
	for id, want := range map[string]bool{"111122223333": true, "444455556666": false} {
		c := Config{AccountSettings: AccountSettings{Accounts: map[string]Account{"here": {ID: "111122223333"}, "there": {ID: id, Region: "us-east-1"}}}}
		c.Clusters = map[string]Cluster{"one": cluster("here"), "two": cluster("there")}
		if got := strings.Contains(strings.Join(quotaWarnings(c), "\n"), quota.Roles.Name); got != want {
			t.Errorf("with the account %s in the other region: warned of too many roles: %v", id, got)
		}
	}
}

func TestZonesAreThoseOfTheAccountsRegion(t *testing.T) {
	c := mustLoad(t, with(abroad(edit{"zoneIds", list("euc1-az1", "euc1-az2")})...))
	if local, external := c.Zones("local"), c.Zones("external"); local != 2 || external != 3 {
		t.Errorf("home spreads over %d zones, and the other region over %d", local, external)
	}
	c = mustLoad(t, with(abroad(edit{"accounts/external/subnets", nil}, edit{"accounts/external/zoneIds", list("use1-az1", "use1-az4")})...))
	if ids, _ := c.ZoneIDsOf("external"); len(ids) != 2 || c.Zones("external") != 2 || c.Zones("local") != 3 {
		t.Errorf("the account's zones are %v", ids)
	}
}

func TestAnEndpointLeadsToRegistriesOfItsOwnRegion(t *testing.T) {
	image := edit{"clusters/ecs-3/services/echo-service/image", "444455556666.dkr.ecr.us-east-1.amazonaws.com/echo:1"}
	on := edit{"endpoints/enabled", true}
	if got := mustLoad(t, with(abroad(image, on)...)).EndpointServices("external"); !slices.Contains(got, "ecr.dkr") {
		t.Errorf("the image is in the account's region, and its VPC has %v", got)
	}
	if got := mustLoad(t, with(image, on)).EndpointServices("external"); slices.Contains(got, "ecr.dkr") {
		t.Errorf("the image is in another region, and the VPC has %v", got)
	}
}

func TestRefusedRegions(t *testing.T) {
	const external = "accounts/external/"
	foreign := func(name string, want []string, more ...edit) refusal {
		return refusal{name: name, edits: abroad(more...), want: [][]string{want}}
	}
	run(t, []refusal{
		one("no region of AWS", external+"region", "Frankfurt", `accounts.external.region = "Frankfurt"`, "no region of the partitions"),
		one("an availability zone", external+"region", "eu-west-1a", "accounts.external.region", "availability zone"),
		foreign("a region that AWS does not have", []string{`accounts.external.region = "us-east-7"`, "no such region", "give zoneIds too"},
			edit{external + "region", "us-east-7"}, edit{external + "discoveryValues", object{"regions": list("us-east-7")}}),
		foreign("a region of China", []string{`accounts.external.region = "cn-north-1"`, "partition aws-cn", "no peering and no role"},
			edit{external + "region", "cn-north-1"}, edit{external + "discoveryValues", object{"regions": list("cn-north-1")}}),
		one("home in another region", "accounts/local/region", "us-east-1", `accounts.local.region = "us-east-1"`, "that of the home account", "eu-central-1"),
		foreign("nothing tells istiod of the region", []string{"accounts.external.discoveryValues is not set", "its own region, eu-central-1", "From 1.29 on", "docs/regions.md"}, edit{external + "discoveryValues", nil}),
		foreign("values that tell of another region", []string{"accounts.external.discoveryValues is set", "names us-east-1 nowhere"}, edit{external + "discoveryValues", object{"regions": list("us-east-2")}}),
		foreign("values that the program sets", []string{`accounts.external.discoveryValues = "role"`, "the program makes it"}, edit{external + "discoveryValues", object{"role": "default", "regions": list("us-east-1")}}),
		foreign("a value without a name", []string{`accounts.external.discoveryValues = "a.b"`, "a key of platforms.ecs.accounts"}, edit{external + "discoveryValues", object{"a.b": 1, "regions": list("us-east-1")}}),
		foreign("accounts by the environment", []string{"accounts.external.discoveryValues is set", "ecsAccountsDelivery env", "only domains and roles"}, edit{"ecsAccountsDelivery", "env"}),
		foreign("an istiod that knows one region", []string{`accounts.external.region = "us-east-1"`, "istiod 1.28.3-patch0-solo", "need 1.29"}, edit{"istioVersion", "1.28.3-patch0-solo"}),
		foreign("one account twice in a region", []string{`accounts.third.id = "444455556666"`, "accounts.external has the same id", "one entry in each region"},
			edit{"accounts/third", object{"id": "444455556666", "profile": "third", "domain": "third.ecs", "vpcCidr": "10.99.0.0/20", "region": "us-east-1", "discoveryValues": object{"region": "us-east-1"}}}),
		foreign("a transit gateway of others over regions", []string{"transitGateway.id", "joins networks of one region", "eu-central-1 and us-east-1"}, edit{"connect", "transit-gateway"}, edit{"transitGateway", object{"id": "tgw-0123456789abcdef0"}}),
		foreign("one topic for all regions", []string{"observability.alarms.topicArn", "its own region only", "eu-central-1 and us-east-1"},
			edit{"observability/alarms", object{"enabled": true, "topicArn": "arn:aws:sns:eu-central-1:111122223333:alarms"}}),
		foreign("one key for sessions of all regions", []string{"ecsExec.kmsKeyArn", "clusters.ecs-3 is in us-east-1"}, edit{"ecsExec/kmsKeyArn", "arn:aws:kms:eu-central-1:111122223333:key/0123"}),
		foreign("a key of the stack's region", []string{"accounts.external.keys.logs", "encrypt is in us-east-1"}, edit{external + "keys/logs", "arn:aws:kms:eu-central-1:444455556666:key/0123"}),
		foreign("a secret of the stack's region", []string{"accounts.external.registrySecrets.docker.io", "the region of the task only, which is us-east-1"},
			edit{external + "registrySecrets", object{"docker.io": "arn:aws:secretsmanager:eu-central-1:444455556666:secret:hub-AbCdEf"}}),
		foreign("a cluster of the stack's region", []string{"clusters.ecs-3.existing", "accounts.external is in region us-east-1"},
			edit{"clusters/ecs-3/existing", "arn:aws:ecs:eu-central-1:444455556666:cluster/Shared-Prod"}),
		foreign("zones of the stack's region", []string{`accounts.external.zoneIds[0] = "euc1-az1"`, "zone ids of us-east-1 begin with use1-"}, edit{external + "zoneIds", list("euc1-az1")}, edit{external + "subnets", nil}),
		one("zones of an account in the stack's region", external+"zoneIds", list("euc1-az1"), "accounts.external.zoneIds is set", "zoneIds at the top"),
		foreign("zones that do not match the subnets", []string{"accounts.external.subnets.private", "there are 2 zoneIds"},
			edit{external + "zoneIds", list("use1-az1", "use1-az2")}, edit{external + "subnets", object{"private": list("10.1.0.0/24"), "public": list("10.1.1.0/24")}}),
		one("several regions in one entry", external+"regions", list("us-east-1"), "accounts.external.regions", "a second region is a second entry"),
	})
}

func TestOneVPCIsInOneRegion(t *testing.T) {
	refusal{
		name: "one VPC in two regions",
		edits: abroad(edit{"accounts/external/subnets", nil}, edit{"accounts/external/network", theirs(object{"routeTableIds": nil})},
			edit{"accounts/local/network", theirs(object{"routeTableIds": nil, "privateSubnetIds": list(subnetA, subnetC)})}),
		want: [][]string{{"accounts.local.network.vpcId", "accounts.external names it too, in us-east-1", "a VPC is in one region"}},
	}.check(t)
}
