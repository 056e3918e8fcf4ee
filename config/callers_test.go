package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSourcesMeanNamespacesAndServiceAccounts(t *testing.T) {
	c := mustLoad(t, with(shares()...))
	for text, want := range map[string]Callers{
		"cluster:ecs-2":              {Namespaces: []string{"ambient-ecs-2"}},
		"cluster:ecs-1":              {Namespaces: []string{"ambient-ecs-1"}, ServiceAccounts: []ServiceAccount{{"ambient-checkout", "checkout-ecs-1"}}},
		"account:local":              {Namespaces: []string{"ambient-ecs-1", "ambient-ecs-2"}, ServiceAccounts: []ServiceAccount{{"ambient-checkout", "checkout-ecs-1"}}},
		"service:ecs-1/shell-task":   {ServiceAccounts: []ServiceAccount{{"ambient-ecs-1", "ecs"}}},
		"service:ecs-1/echo-service": {ServiceAccounts: []ServiceAccount{{"ambient-checkout", "checkout-ecs-1"}}},
		"shared:checkout":            {Namespaces: []string{"ambient-checkout"}},
		"eks:shop":                   {Namespaces: []string{"shop"}},
		"eks:shop/till":              {ServiceAccounts: []ServiceAccount{{"shop", "till"}}},
	} {
		source, err := ParseSource(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.CallersOf(source); !reflect.DeepEqual(got, want) {
			t.Errorf("%s means %+v, want %+v", text, got, want)
		}
		if source.String() != text {
			t.Errorf("%s is written %s", text, source)
		}
	}
}

func TestASingleServiceAccountIsNotRepeatedBesideItsNamespace(t *testing.T) {
	got := Config{}.CallersOf(Source{SourceEKS, "shop", "till"}, Source{SourceEKS, "shop", ""})
	if len(got.ServiceAccounts) != 0 || !got.Covers(Callers{ServiceAccounts: []ServiceAccount{{"shop", "till"}}}) {
		t.Errorf("got %+v", got)
	}
}

func TestOnlyRulesAboutADestinationWhoseCallersExistAreAdmissions(t *testing.T) {
	c := mustLoad(t, with(
		edit{"clusters/ecs-1/allow", list(object{"from": list("cluster:ecs-2"), "port": 9090}, object{"from": list("eks:shop")})},
		edit{"clusters/ecs-1/services/second", object{"image": "example.com/second:1", "port": 9090, "access": "declared"}},
		edit{"clusters/ecs-1/access", "declared"},
	))
	for _, d := range c.Destinations() {
		if d.Cluster != "ecs-1" {
			continue
		}
		allow, deny := c.Admissions(d)
		if want := map[int]int{8080: 1, 9090: 2}[d.Port]; len(allow) != want || len(deny) != 0 {
			t.Errorf("%s has %d admissions and %d denials, want %d and none", d.Service, len(allow), len(deny), want)
		}
	}
}

func TestACallerThatMeansSeveralServicesIsWarnedOf(t *testing.T) {
	rule := edit{"clusters/ecs-2/allow", list(object{"from": list("service:ecs-1/shell-task")})}
	warned := func(c Config) bool {
		return slices.ContainsFunc(c.Warnings(), func(w string) bool { return strings.Contains(w, "service:ecs-1/shell-task means echo-service as well") })
	}
	if !warned(mustLoad(t, with(rule))) {
		t.Error("nothing says that the rule is about echo-service too")
	}
	if warned(mustLoad(t, with(rule, edit{"clusters/ecs-1/services/shell-task/serviceAccount", "shell"}))) {
		t.Error("a service with an identity of its own is warned of")
	}
	if warned(mustLoad(t, with(edit{"clusters/ecs-2/allow", list(object{"from": list("service:ecs-1/shell-task", "service:ecs-1/echo-service")})}))) {
		t.Error("a rule that names both is warned of")
	}
}
