package tests

import (
	"go/ast"
	"strings"
	"testing"
	"time"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
	"ambient-ecs/tests/source"
)

// slow are the types whose provider waits, in silence and longer than five minutes, for the health of something that runs: each with the
// package and the function that register one. Where a function registers other types too, its options say that it waits.
var slow = map[string]struct{ pkg, registers, waits string }{
	"kubernetes:helm.sh/v3:Release":                   {"ctx", "RegisterResource", ""}, // of mesh/helm
	"kubernetes:gateway.networking.k8s.io/v1:Gateway": {"apiextensions", "NewCustomResource", "minutes"},
	"kubernetes:apps/v1:Deployment":                   {"appsv1", "NewDeployment", ""},
	"aws:ecs/service:Service":                         {"ecs", "NewService", ""},
	"aws:eks/addon:Addon":                             {"eks", "NewAddon", ""},
	"eks:index:ManagedNodeGroup":                      {"eks", "NewManagedNodeGroup", ""},
}

// alone are types that may take longer and of which nobody has to be told, each with the reason.
var alone = map[string]string{
	"kubernetes:core/v1:Service":   "its pods are those of a test workload, which speaks for both",
	"kubernetes:core/v1:Namespace": "only its removal takes long",
}

// awaits reports whether a provider waits for a resource longer than five minutes: the resource says so, or the provider's own waiting does
// (Deployments and Services of Kubernetes 10 minutes, add-ons 20, node groups 60).
func awaits(r *recorder.Resource) bool {
	const long = 5 * time.Minute
	if given, err := time.ParseDuration(r.CreateTimeout); err == nil && given > long {
		return true
	}
	if steady, _ := r.Inputs["waitForSteadyState"].(bool); steady {
		return true
	}
	if seconds, _ := r.Inputs["timeout"].(float64); time.Duration(seconds)*time.Second > long && r.Type == "kubernetes:helm.sh/v3:Release" {
		return true
	}
	switch r.Type {
	case "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job", "kubernetes:core/v1:Service",
		"aws:eks/addon:Addon", "eks:index:ManagedNodeGroup":
		return !r.Read
	}
	return false
}

// Whoever registers what may wait for long has to say what it waits for. A type that no stack has had before is asked for too.
func TestWhatMayWaitForLongSaysWhatItWaitsFor(t *testing.T) {
	seen := map[string]bool{}
	everything := func(o *recorder.Options) {
		seeing(o)
		o.Config[config.Project+":gatewayLoadBalancers"] = `["controller"]`
	}
	for _, stack := range Stacks {
		for _, change := range []func(*recorder.Options){nil, everything} {
			for _, r := range succeed(t, Record(t, stack, change)).Resources {
				if awaits(r) && alone[r.Type] == "" {
					seen[r.Type] = true
				}
			}
		}
	}
	for typ := range seen {
		if _, known := slow[typ]; !known {
			t.Errorf("%s may wait for long: say by component.Slow what it waits for, and add its constructor here", typ)
		}
	}
	for typ, by := range slow {
		if !seen[typ] {
			t.Errorf("no stack has a %s that may wait for long", typ)
		}
		calls := 0
		source.Walk(t, Root, func(file source.File) {
			for _, declared := range file.Decls {
				function, ok := declared.(*ast.FuncDecl)
				if !ok || by.pkg == "ctx" && file.Folder != "mesh/helm" || strings.HasPrefix(file.Folder, "examples/") {
					continue
				}
				registers, says := 0, 0
				ast.Inspect(function, func(node ast.Node) bool {
					call, ok := node.(*ast.CallExpr)
					switch {
					case !ok:
					case source.Selects(call.Fun, "component", "Slow"):
						says++
					case source.Selects(call.Fun, by.pkg, by.registers) && (by.waits == "" || calling(call, by.waits)):
						registers++
					}
					return true
				})
				calls += registers
				if says < registers {
					t.Errorf("%s: %s registers a %s and does not say by component.Slow what it waits for", file.At(function), function.Name.Name, typ)
				}
			}
		})
		if calls == 0 {
			t.Errorf("nobody calls %s.%s", by.pkg, by.registers)
		}
	}
}

// calling reports whether a function is called among the arguments of a call.
func calling(call *ast.CallExpr, name string) (found bool) {
	for _, argument := range call.Args {
		ast.Inspect(argument, func(node ast.Node) bool {
			inner, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			called, ok := inner.Fun.(*ast.Ident)
			found = found || ok && called.Name == name
			return true
		})
	}
	return found
}
