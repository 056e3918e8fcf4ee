package components

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/keys"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/observability"
	"ambient-ecs/providers"
	"ambient-ecs/tests/recorder"
)

const (
	metricAlarm     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	metricFilter    = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	queryDefinition = "aws:cloudwatch/queryDefinition:QueryDefinition"
	topic           = "aws:sns/topic:Topic"
	subscription    = "aws:sns/topicSubscription:TopicSubscription"
	telemetry       = "kubernetes:telemetry.istio.io/v1:Telemetry"
)

// everythingOn switches on all of observability.
const everythingOn = `{"queries":true,"metrics":true,"dashboards":true,"kiali":true,"tracing":true,"clusterLogs":true,` +
	`"alarms":{"enabled":true,"emails":["ops@example.com"]}}`

// threeClusters are two clusters in the account local and one in external, with two services each.
const (
	twoServices = `"services":{"echo-service":{"image":"example.com/echo:1","port":8080},"shell-task":{"image":"example.com/shell:1","clientOnly":true}}}`

	threeClusters = `{"ecs-1":{"account":"local",` + twoServices + `,"ecs-2":{"account":"local",` + twoServices + `,"ecs-3":{"account":"external",` + twoServices + `}`
)

// observing records the whole program except the mesh, with some observability switched on.
func observing(t *testing.T, switches string) *recorder.Recording {
	t.Helper()
	cfg := devConfig(t, map[string]string{"observability": switches, "clusters": threeClusters, "sharedServices": "{}"})
	r := deployed(t, cfg, func(ctx *pulumi.Context, accounts *providers.Accounts, networks *network.Networks, roles *iam.Roles) error {
		cluster, err := eks.Deploy(ctx, cfg, accounts, &keys.Keys{}, networks, roles, eks.Living{})
		if err != nil {
			return err
		}
		control := standing(ctx, cfg)
		fleet, err := ecs.Deploy(ctx, cfg, accounts, &keys.Keys{}, networks, roles, control, nil)
		if err != nil {
			return err
		}
		_, err = observability.Deploy(ctx, cfg, accounts, &keys.Keys{}, networks, roles, cluster, control, fleet)
		return err
	})
	return r
}

// added are the resources that switches add, as "type name".
func added(t *testing.T, switches string) []string {
	t.Helper()
	before := map[string]bool{}
	for _, res := range observing(t, "{}").Resources {
		before[res.Type+" "+res.Name] = true
	}
	var all []string
	for _, res := range observing(t, switches).Resources {
		if key := res.Type + " " + res.Name; res.Custom && !before[key] {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// kindsOf counts resources by type.
func kindsOf(resources []string) map[string]int {
	kinds := map[string]int{}
	for _, res := range resources {
		kind, _, _ := strings.Cut(res, " ")
		kinds[kind]++
	}
	return kinds
}

func TestWithoutASwitchNothingIsMade(t *testing.T) {
	r := observing(t, "{}")
	for _, kind := range []string{metricAlarm, metricFilter, queryDefinition, topic, subscription, telemetry, helmRelease, coreNamespace} {
		if found := r.OfType(kind); len(found) > 0 {
			t.Errorf("%d of %s", len(found), kind)
		}
	}
	for _, rule := range r.OfType(ingressRule) {
		if at(t, rule, "fromPort") == float64(network.PortMetrics) {
			t.Errorf("%s opens the metrics", rule.Name)
		}
	}
}

// There are two accounts, each with one NAT gateway.
func TestEachSwitchAddsItsOwnAndNothingElse(t *testing.T) {
	for switches, want := range map[string]map[string]int{
		`{"queries":true}`:                   {queryDefinition: 10},
		`{"metrics":true}`:                   {helmRelease: 1, coreNamespace: 1, association: 1, role: 3, rolePolicy: 3, ingressRule: 2},
		`{"metrics":true,"dashboards":true}`: {helmRelease: 2, coreNamespace: 1, association: 1, role: 3, rolePolicy: 3, ingressRule: 2},
		`{"metrics":true,"kiali":true}`:      {helmRelease: 2, coreNamespace: 1, association: 1, role: 3, rolePolicy: 3, ingressRule: 2},
		`{"tracing":true}`:                   {helmRelease: 2, coreNamespace: 1, telemetry: 1},
		`{"clusterLogs":true}`:               {helmRelease: 1, coreNamespace: 1, logGroup: 1, association: 1, role: 1, rolePolicy: 1},
		// Two NAT gateways, three ztunnels' and six services', and the API.
		`{"alarms":{"enabled":true}}`:                                                        {topic: 2, metricAlarm: 12, metricFilter: 3},
		`{"alarms":{"enabled":true,"emails":["a@example.com","b@example.com"]}}`:             {topic: 2, subscription: 4, metricAlarm: 12, metricFilter: 3},
		`{"alarms":{"enabled":true,"topicArn":"arn:aws:sns:eu-central-1:999988887777:ops"}}`: {metricAlarm: 12, metricFilter: 3},
		`{"clusterLogs":true,"alarms":{"enabled":true}}`: {
			helmRelease: 1, coreNamespace: 1, logGroup: 1, association: 1, role: 1, rolePolicy: 1, topic: 2, metricAlarm: 13, metricFilter: 4,
		},
		`{"metrics":true,"alarms":{"enabled":true}}`: {
			helmRelease: 1, coreNamespace: 1, association: 2, role: 4, rolePolicy: 4, ingressRule: 2, topic: 2, metricAlarm: 12, metricFilter: 3,
		},
	} {
		if got := kindsOf(added(t, switches)); !maps.Equal(got, want) {
			t.Errorf("%s adds %v, want %v", switches, got, want)
		}
	}
}

func TestWhatIsWatchedAndWhatWatchesAreInOneAccount(t *testing.T) {
	r := observing(t, everythingOn)
	for _, kind := range []string{metricAlarm, metricFilter, queryDefinition, topic, subscription} {
		for _, res := range r.OfType(kind) {
			want := localProvider
			if strings.Contains(res.Name, "-external") {
				want = externalProvider
			}
			if res.Provider != want {
				t.Errorf("%s %s is made with %s", kind, res.Name, res.Provider)
			}
		}
	}
	if n := len(r.OfType(topic)); n != 2 {
		t.Errorf("%d topics for two accounts: an alarm's own account has its topic", n)
	}
}

func TestAnAlarmComesAfterWhatItWatchesAndNotifiesItsTopic(t *testing.T) {
	r := observing(t, everythingOn)
	service := r.Get(t, metricAlarm, "alarms-external-ecs-3-echo-service-below-desired")
	for _, s := range r.OfType(ecsService) {
		if strings.Contains(s.URN, "ecs-3-echo-service") {
			needs(t, r, service, s)
		}
	}
	says(t, service, "missing", "treatMissingData")
	if actions := text(t, at(t, service, "insufficientDataActions")); actions == "null" {
		t.Error("nobody hears when the service is no longer watched")
	}
	filter := r.Get(t, metricFilter, "alarms-external-ecs-3-ztunnel-unhealthy")
	says(t, filter, "/ecs/ambient-ecs-3", "logGroupName")
	alarm := r.Get(t, metricAlarm, filter.Name)
	needs(t, r, alarm, filter)
	says(t, alarm, at(t, filter, "metricTransformation", "name"), "metricName")
	says(t, alarm, at(t, filter, "metricTransformation", "namespace"), "namespace")
	for _, res := range r.OfType(metricAlarm) {
		if !r.Waits(res, r.Get(t, topic, res.Name[:strings.Index(res.Name[len("alarms-"):], "-")+len("alarms-")])) {
			t.Errorf("%s notifies another account's topic", res.Name)
		}
	}
	nat := r.Get(t, metricAlarm, "alarms-local-nat-1-port-allocation")
	needs(t, r, nat, r.Get(t, natGateway, "vpc-local-nat-1"))
}

func TestAClientTaskShowsItsMetricsToTheEKSNetworkOnly(t *testing.T) {
	r := observing(t, `{"metrics":true}`)
	for _, account := range []string{"local", "external"} {
		group := r.Get(t, securityGroup, "tasks-"+account+"-client")
		got := rules(t, r, ingressRule, group.Name+"-id")
		if want := []string{"tcp 15020 192.168.0.0/16"}; !slices.Equal(got, want) {
			t.Errorf("%s: a client may be called by %v, want %v", account, got, want)
		}
	}
}

// A pod gets its AWS identity when it starts, and restarts when the identity changes.
func TestAPodStartsWithItsIdentity(t *testing.T) {
	r := observing(t, everythingOn)
	for release, where := range map[string]struct {
		association string
		path        []any
	}{
		"prometheus": {"prometheus-prometheus", []any{"values", "server", "podAnnotations", observability.AnnotationIdentity}},
		"fluent-bit": {"fluent-bit-fluent-bit", []any{"values", "podAnnotations", observability.AnnotationIdentity}},
	} {
		made := r.Get(t, helmRelease, release)
		needs(t, r, made, r.Get(t, association, where.association))
		if identity, _ := at(t, made, where.path...).(string); !strings.Contains(identity, "/AROA") {
			t.Errorf("%s has the identity %q", release, identity)
		}
	}
	prometheus := r.Get(t, helmRelease, "prometheus")
	needs(t, r, prometheus, r.Get(t, association, "prometheus-alertmanager"))
	needs(t, r, prometheus, r.Get(t, rolePolicy, "scrape-external"))
	needs(t, r, r.Get(t, helmRelease, "fluent-bit"), r.Get(t, logGroup, "mesh-logs"))
	for _, release := range r.OfType(helmRelease) {
		needs(t, r, release, r.Get(t, coreNamespace, "observability"))
		needs(t, r, release, only(t, r, nodeGroup))
	}
}

func TestThePinnedChartGivesWayToTheConfigured(t *testing.T) {
	r := observing(t, `{"tracing":true,"charts":{"jaeger":{"repository":"oci://registry.example/charts","version":"4.14.1"}}}`)
	jaeger := r.Get(t, helmRelease, "jaeger")
	says(t, jaeger, "oci://registry.example/charts/jaeger", "chart")
	says(t, jaeger, "4.14.1", "version")
	says(t, jaeger, nil, "repositoryOpts")
	says(t, r.Get(t, helmRelease, "collector"), "opentelemetry-collector", "chart")
}

func TestDashboardsAreThoseOfTheIstioInUse(t *testing.T) {
	r := observing(t, `{"metrics":true,"dashboards":true}`)
	url, _ := at(t, r.Get(t, helmRelease, "grafana"), "values", "dashboards", "istio", "istio-ztunnel", "url").(string)
	if !strings.Contains(url, "/istio/istio/1.31.0/") {
		t.Errorf("the dashboard comes from %s", url)
	}
}

func TestTheShareOfTracesIsTheConfigured(t *testing.T) {
	for switches, want := range map[string]float64{`{"tracing":true}`: 1, `{"tracing":true,"traceSampling":25}`: 25} {
		made := only(t, observing(t, switches), telemetry)
		says(t, made, want, "spec", "tracing", 0, "randomSamplingPercentage")
		says(t, made, mesh.TracingProvider, "spec", "tracing", 0, "providers", 0, "name")
	}
}

func TestTheNamespaceOfTheAddonsIsTheConfigurations(t *testing.T) {
	r := observing(t, `{"tracing":true}`)
	says(t, r.Get(t, coreNamespace, config.ObservabilityNamespace), config.ObservabilityNamespace, "metadata", "name")
}
