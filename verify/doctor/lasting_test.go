package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
)

// lasting is the mesh with an ingress and a waypoint, in which two istiods run and every budget is known.
func lasting() *facts {
	f := healthy()
	entered(f)
	istiods := func(p Pod) Pod { p.Labels = map[string]string{"app": "istiod", labelRevision: "default"}; return p }
	for i, p := range f.kubernetes.Pods {
		if p.Name == "istiod-0" {
			f.kubernetes.Pods[i] = istiods(p)
			second := istiods(p)
			second.Name = "istiod-1"
			f.kubernetes.Pods = append(f.kubernetes.Pods, second)
		}
	}
	f.kubernetes.Budgets = []Budget{{Namespace: system, Labels: map[string]string{"app": "istiod", labelRevision: "default"}}, {Namespace: system, Labels: map[string]string{gatewayNameLabel: gatewayName}}}
	for _, namespace := range []string{"m-ingress", "m-ecs-1"} {
		for _, p := range f.kubernetes.Pods {
			if name := p.Labels[gatewayNameLabel]; p.Namespace == namespace && name != "" {
				f.kubernetes.Budgets = append(f.kubernetes.Budgets, Budget{Namespace: namespace, Labels: map[string]string{gatewayNameLabel: name}})
			}
		}
	}
	return f
}

// unguarded takes the budgets of a namespace that name a label.
func unguarded(namespace, label string) func(*facts) {
	return func(f *facts) {
		f.kubernetes.Budgets = slices.DeleteFunc(f.kubernetes.Budgets, func(b Budget) bool { return b.Namespace == namespace && b.Labels[label] != "" })
	}
}

var lastings = []lacks{
	{"object", "ConfigMap m-ingress/ingress-parameters", 0, func(f *facts) {
		all := pieces(f.stack, "")
		f.kubernetes.Gone = []Piece{*find(all, func(p Piece) bool { return p.Name == "ingress-parameters" })}
	}},
	{"disruption-budget", "istio-system/istiod", 0, unguarded(system, "app")},
	{"disruption-budget", "istio-system/eastwest", 0, unguarded(system, gatewayNameLabel)},
	{"disruption-budget", "m-ingress/ingress", 0, unguarded("m-ingress", gatewayNameLabel)},
	{"disruption-budget", "m-ecs-1/", 0, unguarded("m-ecs-1", gatewayNameLabel)},
	{"disruption-budget", "istio-system/istiod", 0, func(f *facts) { f.kubernetes.Budgets[0].Labels[labelRevision] = "other" }},
}

func TestWhatOnlyALaterDayNeedsIsNamedAsLatent(t *testing.T) {
	if found := examine(t, lasting()); len(found) > 0 {
		t.Fatalf("something is missing from the start: %v", found)
	}
	for _, c := range lastings {
		t.Run(c.ingredient+" "+c.subject, func(t *testing.T) {
			f := lasting()
			c.take(f)
			c.alone(t, f)
		})
	}
}

func TestOneIstiodAloneNeedsNoDisruptionBudget(t *testing.T) {
	f := lasting()
	unguarded(system, "app")(f)
	f.kubernetes.Pods = slices.DeleteFunc(f.kubernetes.Pods, func(p Pod) bool { return p.Name == "istiod-1" })
	if found := examine(t, f); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

func TestTwoIstiodsOfOnePodEachNeedNoDisruptionBudget(t *testing.T) {
	f := lasting()
	unguarded(system, "app")(f)
	for i, p := range f.kubernetes.Pods {
		if p.Name == "istiod-1" {
			f.kubernetes.Pods[i].Labels = map[string]string{"app": "istiod", labelRevision: "next"}
		}
	}
	if found := examine(t, f); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

func TestTheObjectsOfAnIstiodHaveItsRevisionInTheirNames(t *testing.T) {
	for revision, want := range map[string][]string{
		"default": {"Service istio-system/istiod", "ClusterRole istiod-clusterrole-istio-system"},
		"1-30":    {"Service istio-system/istiod-1-30", "ClusterRole istiod-clusterrole-1-30-istio-system", "ConfigMap istio-system/eastwest-defaults"},
	} {
		var names []string
		for _, p := range pieces(healthy().stack, revision) {
			names = append(names, p.String())
		}
		for _, name := range want {
			if !slices.Contains(names, name) {
				t.Errorf("revision %s: %s is not among %v", revision, name, names)
			}
		}
	}
}

func TestAStackWithoutIngressAndWaypointNeedsTheirParametersNot(t *testing.T) {
	for _, p := range pieces(healthy().stack, "") {
		if p.Name == "waypoint-defaults" || p.Name == "ingress-parameters" {
			t.Errorf("%s", p)
		}
	}
}

// shelf has objects by kind, namespace and name, and refuses some kinds.
type shelf struct {
	there   map[string]bool
	refused string
}

func (s shelf) Get(_ context.Context, _, kind, namespace, name string) (backend.Object, error) {
	if slices.Contains(strings.Fields(s.refused), kind) {
		return nil, errors.New(kind + " is forbidden")
	}
	if s.there[kind+" "+namespace+"/"+name] {
		return backend.Object{}, nil
	}
	return nil, nil
}

func (s shelf) List(_ context.Context, _, kind string) ([]backend.Object, error) {
	if slices.Contains(strings.Fields(s.refused), kind) {
		return nil, errors.New(kind + " is forbidden")
	}
	return nil, nil
}

func TestAPieceIsThereUnderEitherOfItsNames(t *testing.T) {
	key := Piece{APIVersion: "v1", Kind: "Secret", Namespace: system, Name: "istio-ca-secret", Or: "cacerts"}
	for _, c := range []struct {
		there map[string]bool
		gone  int
	}{{nil, 1}, {map[string]bool{"Secret istio-system/cacerts": true}, 0}, {map[string]bool{"Secret istio-system/istio-ca-secret": true}, 0}} {
		k := &Kubernetes{}
		if err := k.readLasting(t.Context(), shelf{there: c.there}, []Piece{key}); err != nil || len(k.Gone) != c.gone || len(k.Unseen) > 0 || k.Budgets == nil {
			t.Errorf("%v: %v %+v", c.there, err, k)
		}
	}
}

func TestWhatTheCallerMayNotReadIsUnseenAndNotMissing(t *testing.T) {
	k := &Kubernetes{}
	err := k.readLasting(t.Context(), shelf{refused: "Role ClusterRole RoleBinding ClusterRoleBinding PodDisruptionBudget"}, pieces(healthy().stack, ""))
	if err != nil || len(k.Unseen) != 5 || k.Budgets != nil {
		t.Fatalf("%v: %v", err, k.Unseen)
	}
	for _, p := range k.Gone {
		if strings.Contains(p.Kind, "Role") {
			t.Errorf("%s counts as missing", p)
		}
	}
	f := healthy()
	f.kubernetes.Unseen = k.Unseen
	result, err := Run(t.Context(), f, f.stack, Options{})
	if err != nil || len(result.Findings) > 0 || len(result.Unseen) != 5 {
		t.Errorf("%v: %+v", err, result)
	}
}
