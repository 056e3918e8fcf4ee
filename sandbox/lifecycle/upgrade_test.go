//go:build engine

package lifecycle

import (
	"slices"
	"sort"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const (
	oldIstio = "1.28.3-patch0-solo"
	newIstio = "1.29.1-solo"
	// oldKubernetes is one that both support.
	oldKubernetes = "1.34"
)

// versions are the Istio versions that run, as "what version", sorted: each istiod by its Deployment, nodes, gateways and the
// ztunnels of the tasks by ECS cluster.
func (s *stack) versions() []string {
	s.t.Helper()
	found := map[string]bool{}
	version := func(image string) string {
		return strings.TrimSuffix(image[strings.LastIndex(image, ":")+1:], "-distroless")
	}
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			for _, pod := range api.At(tx, arn).List(api.PodKind, "") {
				labels := api.Labels(pod)
				what := ""
				switch {
				case labels["app"] == "istiod":
					what = "istiod " + labels["istio.io/rev"]
				case labels["k8s-app"] == "istio-cni-node":
					what = "cni"
				case labels["app"] == "ztunnel":
					what = "ztunnel"
				case labels["gateway.networking.k8s.io/gateway-name"] != "":
					what = labels["gateway.networking.k8s.io/gateway-name"]
				}
				if what != "" && !api.Deleting(pod) {
					found[what+" "+version(api.String(api.Maps(pod, "spec", "containers")[0], "image"))] = true
				}
			}
		}
		for _, task := range tx.Find("", "ecs:task", nil) {
			if task.String("lastStatus") != "RUNNING" {
				continue
			}
			definition := tx.Get(task.Account, "aws:ecs/taskDefinition:TaskDefinition", task.String("taskDefinitionArn"))
			_, image, _ := strings.Cut(definition.String("containerDefinitions"), "/ztunnel:")
			image, _, _ = strings.Cut(image, `"`)
			cluster := task.String("clusterArn")
			found[cluster[strings.LastIndex(cluster, "/")+1:]+" "+version(image)] = true
		}
	})
	var all []string
	for what := range found {
		all = append(all, what)
	}
	sort.Strings(all)
	return all
}

// step is one change of the configuration during the upgrade, and the versions that run afterwards.
type step struct {
	name   string
	change func(s *stack)
	want   []string
}

// play makes the changes one after the other. After each the mesh is whole, and the next preview has nothing but the next change.
func (s *stack) play(steps []step) {
	s.t.Helper()
	for _, step := range steps {
		step.change(s)
		golden(s.t, "testdata/"+step.name+".txt", strings.Join(s.preview(), "\n")+"\n")
		s.up()
		if got := s.versions(); !slices.Equal(got, step.want) {
			s.t.Errorf("after %s run\n%s\nwant\n%s", step.name, strings.Join(got, "\n"), strings.Join(step.want, "\n"))
		}
		s.verified()
	}
	s.unchanged()
}

// twoClusters is the smallest stack whose tasks can follow in waves.
func twoClusters(t *testing.T) *stack {
	return raisedAs(t, "single with two clusters", "single", func(s *stack) {
		s.configure("istioVersion", oldIstio)
		s.configure("kubernetesVersion", oldKubernetes)
		s.configure("clusters.ecs-2", map[string]any{"account": "local", "services": map[string]any{
			"echo-service": map[string]any{"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080},
		}})
	})
}

// upgrade is the page whose commands these tests type.
const upgrade = "docs/upgrade.md"

// typing is a change of the configuration by commands of a page.
func typing(commands string) func(*stack) { return func(s *stack) { s.types("", commands) } }

func TestIstioIsUpgradedInPlaceWithIstiodFirst(t *testing.T) {
	t.Parallel()
	s := twoClusters(t)
	before := s.configuration()
	s.types("", block(t, upgrade, "pulumi config set istioVersion 1.28.4"))
	golden(t, "testdata/in-place-0-patch.txt", strings.Join(s.preview(), "\n")+"\n")
	s.reconfigure(before)
	commands := parts(block(t, upgrade, "# 1. istiod"))
	if len(commands) != 3 {
		t.Fatalf("the upgrade in place has %d steps", len(commands))
	}
	s.play([]step{
		{"in-place-1-istiod", typing(commands[0]), []string{"cni " + oldIstio, "eastwest " + newIstio, "istiod default " + newIstio,
			"single-ecs-1 " + oldIstio, "single-ecs-2 " + oldIstio, "ztunnel " + oldIstio}},
		{"in-place-2-nodes-and-first-wave", typing(commands[1]), []string{"cni " + newIstio, "eastwest " + newIstio, "istiod default " + newIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + oldIstio, "ztunnel " + newIstio}},
		{"in-place-3-second-wave", typing(commands[2]), []string{"cni " + newIstio, "eastwest " + newIstio, "istiod default " + newIstio,
			"single-ecs-1 " + newIstio, "single-ecs-2 " + newIstio, "ztunnel " + newIstio}},
	})
}
