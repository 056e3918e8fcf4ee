//go:build engine && exhaustive

package lifecycle

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// edits are one change of each kind of key, on the living dev stack.
var edits = []struct {
	keys, change string
	apply        func(s *stack)
}{
	{"owner, tags", "another owner", set("owner", "another-team")},
	{"logRetentionDays", "90", set("logRetentionDays", 90)},
	{"controlPlaneLogs", "audit only", set("controlPlaneLogs", []any{"audit"})},
	{"flowLogs", "on", set("flowLogs", map[string]any{"enabled": true})},
	{"permissionsBoundary", "a policy of AWS", set("permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess")},
	{"natGateways", "per-zone", func(s *stack) {
		s.configure("accounts.external.subnets.public", []any{"10.1.4.0/24", "10.1.5.0/24", "10.1.6.0/24"})
		s.configure("natGateways", "per-zone")
	}},
	{"accounts.<a>.vpcCidr", "another network of the other account", func(s *stack) {
		s.configure("accounts.external.vpcCidr", "10.2.0.0/16")
		s.configure("accounts.external.subnets", map[string]any{
			"private": []any{"10.2.1.0/24", "10.2.2.0/24", "10.2.3.0/24"}, "public": []any{"10.2.4.0/24"},
		})
	}},
	{"accounts.<a>.domain", "another domain", set("accounts.external.domain", "ecs.elsewhere")},
	{"accounts.<a>.reach", "direct", set("accounts.external.reach", "direct")},
	{"kubernetesVersion", "1.35, which needs another Istio first", set("kubernetesVersion", "1.35")},
	{"zonalShift", "on", set("zonalShift", true)},
	{"metricsServer", "on", set("metricsServer", true)},
	{"nodeCount", "3", set("nodeCount", 3)},
	{"nodeInstanceTypes", "m6i.large", set("nodeInstanceTypes", []any{"m6i.large"})},
	{"nodeDiskGiB", "50", set("nodeDiskGiB", 50)},
	{"nodeGroups", "one more", set("nodeGroups", map[string]any{"more": map[string]any{"instanceTypes": []any{"m6i.large"}}})},
	{"clusterAdmins", "one more", set("clusterAdmins", []any{"arn:aws:iam::111122223333:role/ci"})},
	{"apiAccessCidrs", "another", set("apiAccessCidrs", []any{"203.0.113.8/32"})},
	{"istioVersion", "the next minor version", set("istioVersion", "1.29.1-solo")},
	{"imageVariant", "none", set("imageVariant", "")},
	{"license", "another", set("license", "another")},
	{"podSecurity", "baseline", set("podSecurity", "baseline")},
	{"istiodReplicas", "3", set("istiodReplicas", 3)},
	{"gatewayReplicas", "3", set("gatewayReplicas", 3)},
	{"ecsDiscoveryRate", "5", set("ecsDiscoveryRate", 5)},
	{"pilotEnv", "one more variable", set("pilotEnv", map[string]any{"PILOT_ENABLE_STATUS": "true"})},
	{"trustDomain", "another", set("trustDomain", "mesh.example")},
	{"pathNormalization", "BASE", set("pathNormalization", "BASE")},
	{"gatewayLoadBalancers", "the other one beside the first", set("gatewayLoadBalancers", []any{"controller", "legacy"})},
	{"gatewayLoadBalancers", "the other one without the first", set("gatewayLoadBalancers", []any{"controller"})},
	{"policyStage", "l4", set("policyStage", "l4")},
	{"testWorkloads", "off", set("testWorkloads", false)},
	{"ztunnelHealthCheck", "another interval", set("ztunnelHealthCheck", map[string]any{"interval": 5, "timeout": 5, "retries": 10, "startPeriod": 300})},
	{"ztunnel", "memory of its own", set("ztunnel", map[string]any{"memory": 128})},
	{"ecsExec", "on", set("ecsExec", map[string]any{"enabled": true, "logSessions": true})},
	{"ingress", "on", set("ingress.enabled", true)},
	{"observability", "on", func(s *stack) { s.configure("observability", everything) }},
	{"sharedServices", "on", func(s *stack) {
		for _, name := range []string{"checkout", "orders", "orders-canary"} {
			s.configure("sharedServices."+name+".enabled", true)
		}
	}},
	{"clusters.<c>.ztunnelVersion", "the next minor version", func(s *stack) {
		s.configure("istioVersion", "1.29.1-solo")
		for _, cluster := range []string{"ecs-1", "ecs-2", "ecs-3"} {
			s.configure("clusters."+cluster+".ztunnelVersion", "1.28.3-patch0-solo")
		}
	}},
	{"clusters", "one more", set("clusters.ecs-4", map[string]any{
		"account": "external", "services": map[string]any{"echo-service": map[string]any{"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080}},
	})},
	{"clusters.<c>.services", "one more", set("clusters.ecs-1.services.second-echo", map[string]any{"image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "port": 8080})},
	{"clusters.<c>.services.<s>.image", "another", set(echo+".image", "public.ecr.aws/j8r2p7b6/echo-server:2")},
	{"….environment", "one more variable", set(echo+".environment.LEVEL", "debug")},
	{"….client", "java", set("clusters.ecs-1.services.shell-task.client", "java")},
	{"….cpu, memory", "twice", func(s *stack) { s.configure(echo+".cpu", 512); s.configure(echo+".memory", 1024) }},
	{"….port", "another", func(s *stack) { s.configure(echo+".port", 9090); s.configure(echo+".environment.PORT", "9090") }},
	{"….serviceAccount", "another", set(echo+".serviceAccount", "echo")},
	{"….desiredCount", "2", set(echo+".desiredCount", 2)},
	{"….scaling", "on", set(echo+".scaling", map[string]any{"min": 1, "max": 4, "cpu": 50})},
	{"….capacityProviderStrategy", "half on Spot", set(echo+".capacityProviderStrategy", []any{
		map[string]any{"capacityProvider": "FARGATE", "base": 1}, map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1},
	})},
	{"….permissions", "a managed policy", func(s *stack) {
		for _, service := range []string{"echo-service", "shell-task"} { // one identity, one role
			s.configure("clusters.ecs-1.services."+service+".permissions", map[string]any{"managedPolicies": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}})
		}
	}},
	{"….egress", "a database", set(echo+".egress", []any{map[string]any{"cidr": "192.168.200.0/24", "protocol": "tcp", "port": 5432}})},
	{"….waypoint", "on", set(echo+".waypoint", true)},
	{"clusters.<c>.tasks", "on", set("clusters.ecs-1.tasks.report.enabled", true)},
}

const echo = "clusters.ecs-1.services.echo-service"

func set(path string, value any) func(*stack) {
	return func(s *stack) { s.configure(path, value) }
}

// seen is what a watch over a command saw.
type seen struct {
	looks  int
	silent map[string]int // the looks at which a service had no task that is ready, by cluster and service
}

// ready counts the ready tasks of each ECS service that wants any.
func ready(tx *world.Tx) map[string]int {
	services := map[string]int{}
	for _, service := range tx.Find("", "aws:ecs/service:Service", nil) {
		if desired, _ := service.Props["desiredCount"].(float64); desired > 0 {
			services[service.ID] = 0
		}
	}
	for _, task := range tx.Find("", aws.TaskKind, nil) {
		if _, wanted := services[task.String("serviceArn")]; !wanted || task.String("lastStatus") != "RUNNING" {
			continue
		}
		if ok, _ := mesh.Readiness(tx, task); ok {
			services[task.String("serviceArn")]++
		}
	}
	return services
}

// over runs a command while it looks again and again whether each service that had a ready task has one.
func (s *stack) over(args ...string) (result *seen, out string, err error) {
	var before map[string]int
	s.look(func(tx *world.Tx) { before = ready(tx) })
	result = &seen{silent: map[string]int{}}
	result.looks = meanwhile(50*time.Millisecond, func() {
		s.look(func(tx *world.Tx) {
			now := ready(tx)
			for service, tasks := range before {
				if n, lives := now[service]; tasks > 0 && (!lives || n == 0) {
					result.silent[service]++
				}
			}
		})
	}, func() { _, out, err = s.try(args...) })
	return result, out, err
}

// nodes are the names of the EKS nodes.
func (s *stack) nodes() (names []string) {
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			for _, node := range api.At(tx, arn).List(api.NodeKind, "") {
				names = append(names, api.Name(node))
			}
		}
	})
	return names
}

// gone counts the names that are not among the later ones.
func gone(before, after []string) (n int) {
	for _, name := range before {
		if !slices.Contains(after, name) {
			n++
		}
	}
	return n
}

func share(n, of int) string {
	switch n {
	case 0:
		return "none"
	case of:
		return "all"
	}
	return fmt.Sprintf("%d of %d", n, of)
}

// steps sums a preview up: what is replaced, by type, and how many other steps there are.
func steps(preview []string) string {
	replaced, others := map[string]int{}, 0
	for _, step := range preview {
		words := strings.Fields(step)
		if words[0] == "replace" {
			replaced[words[1][strings.LastIndex(words[1], ":")+1:]]++
		} else if !strings.Contains(words[0], "replace") {
			others++
		}
	}
	text := []string{}
	for _, kind := range slices.Sorted(maps.Keys(replaced)) {
		text = append(text, fmt.Sprintf("%d %s", replaced[kind], kind))
	}
	if len(text) == 0 {
		text = append(text, "nothing")
	}
	return strings.Join(text, ", ") + fmt.Sprintf(" | %d", others)
}

// An edit of each kind of key is played on a living stack, while a watch looks whether every service answers. The table of
// docs/edits.md is what it saw.
func TestAnEditOfEveryKeyDoesWhatTheTableSays(t *testing.T) {
	t.Parallel()
	base := raisedAs(t, "dev with versions that have a next one", "dev", func(s *stack) {
		s.configure("istioVersion", oldIstio)
		s.configure("kubernetesVersion", oldKubernetes)
	})
	rows := make([]string, len(edits))
	t.Run("edits", func(t *testing.T) {
		for i, edit := range edits {
			t.Run(edit.keys, func(t *testing.T) {
				t.Parallel()
				s := base.fork(t)
				edit.apply(s)
				row := fmt.Sprintf("| `%s` | %s |", edit.keys, edit.change)
				plan, _, err := s.tryPreview()
				if err != nil {
					rows[i] = row + " refused at preview | | | | |"
					return
				}
				tasks, nodes := s.runningTasks(), s.nodes()
				result, out, err := s.over("up")
				if err != nil {
					t.Errorf("up: %v\n%s", err, out)
				}
				silent := []string{}
				for _, arn := range slices.Sorted(maps.Keys(result.silent)) {
					silent = append(silent, arn[strings.Index(arn, "/")+1:])
				}
				if len(silent) == 0 {
					silent = append(silent, "none")
				}
				rows[i] = fmt.Sprintf("%s %s | %s | %s | %s |", row, steps(plan), share(gone(tasks, s.runningTasks()), len(tasks)),
					share(gone(nodes, s.nodes()), len(nodes)), strings.Join(silent, ", "))
				t.Log(rows[i])
				if result.looks < 3 {
					t.Errorf("%d looks prove nothing", result.looks)
				}
				s.unchanged()
			})
		}
	})
	const file = "../../docs/edits.md"
	golden(t, filepath.FromSlash(file), head+strings.Join(rows, "\n")+"\n")
}

const head = `# What an edit does to a living stack

` + "`make exhaustive`" + ` plays these edits on the dev stack in the sandbox, each by itself. It looks twenty times a second whether every service has a task that is ready.
"Steps" are creations, updates and deletions in the preview, without those of replaced resources. A service is also without a ready task while its tasks cannot reach istiod.
One edit interrupts: another network, which the preview shows as a replacement of nearly everything in the account. Where nodes are replaced, EKS starts new ones first and drains the old ones
([upgrade](upgrade.md#what-eks-does)).

| key | change | replaced | steps | tasks restarted | nodes replaced | services without a ready task at times |
|---|---|---|---|---|---|---|
`
