package tests

import (
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// seeing switches on all of observability.
func seeing(o *recorder.Options) {
	o.Config[config.Project+":observability"] = `{"queries":true,"metrics":true,"dashboards":true,"kiali":true,"tracing":true,` +
		`"clusterLogs":true,"alarms":{"enabled":true,"emails":["ops@example.com"]}}`
}

// Observability only adds to a stack. It changes and removes nothing, except that istiod must know where traces go.
func TestSeeingAStackLeavesItAsItIs(t *testing.T) {
	for _, stack := range Stacks {
		before, with := succeed(t, Record(t, stack, nil)), succeed(t, Record(t, stack, seeing))
		if len(with.Resources) < len(before.Resources)+20 {
			t.Errorf("%s: %d resources become %d", stack, len(before.Resources), len(with.Resources))
		}
		for _, res := range before.Resources {
			same := with.Get(t, res.Type, res.Name)
			if res.Type == "kubernetes:helm.sh/v3:Release" && strings.HasPrefix(res.Name, "istiod") {
				continue
			}
			if !reflect.DeepEqual(res.Inputs, same.Inputs) || res.Provider != same.Provider || res.Parent != same.Parent {
				t.Errorf("%s: %s %s becomes another", stack, res.Type, res.Name)
			}
		}
	}
}

func TestEverythingThatLooksOnNamesItsProvider(t *testing.T) {
	for _, res := range succeed(t, Record(t, "dev", seeing)).Resources {
		if res.Custom && !strings.HasPrefix(res.Type, "pulumi:") && res.Provider == "" {
			t.Errorf("%s %s has no provider", res.Type, res.Name)
		}
	}
}

// People read alarms, queries and chart values, which are not encrypted.
func TestWhatLooksOnHoldsNoSecret(t *testing.T) {
	r := succeed(t, Record(t, "dev", seeing))
	for _, res := range r.Resources {
		if res.Type == "kubernetes:core/v1:Secret" || strings.HasPrefix(res.Type, "pulumi:providers:") {
			continue
		}
		for key, value := range res.Inputs {
			if text, ok := value.(string); ok && strings.Contains(text, Licence) {
				t.Errorf("%s %s: %s holds the licence", res.Type, res.Name, key)
			}
		}
	}
}

// The outputs tell a checker of the stack what there is to check.
func TestOutputsNameEveryAlarmFilterAndQuery(t *testing.T) {
	r := succeed(t, Record(t, "dev", seeing))
	declared, _ := r.Outputs["observability"].(map[string]any)
	names := map[string]int{}
	for _, kind := range []string{"alarms", "queries"} {
		accounts, _ := declared[kind].(map[string]any)
		for _, account := range accounts {
			for name, one := range account.(map[string]any) {
				names[kind+" "+name]++
				if counts := one.(map[string]any)["counts"]; counts != nil {
					names["filters "+name]++
				}
			}
		}
	}
	for kind, typ := range map[string]string{
		"alarms": "aws:cloudwatch/metricAlarm:MetricAlarm", "queries": "aws:cloudwatch/queryDefinition:QueryDefinition", "filters": "aws:cloudwatch/logMetricFilter:LogMetricFilter",
	} {
		made := r.OfType(typ)
		if len(made) == 0 {
			t.Errorf("the stack has no %s", kind)
		}
		for _, res := range made {
			names[kind+" "+res.Inputs["name"].(string)]--
		}
	}
	for name, n := range names {
		if n != 0 {
			t.Errorf("%s: %+d in the outputs", name, n)
		}
	}
}
