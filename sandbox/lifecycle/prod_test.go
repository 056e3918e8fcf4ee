//go:build engine

package lifecycle

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// newProd is the example for production with an image's digest in place of each placeholder.
func newProd(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "prod")
	file := filepath.Join(s.project, s.file())
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content := string(text)
	for _, digit := range []string{"0", "1"} {
		content = strings.ReplaceAll(content, strings.Repeat(digit, 64), strings.Repeat("0123456789abcdef", 4))
	}
	s.write(file, content)
	return s
}

// leave takes the guards off, as docs/controls.md says, and destroys the stack.
func (s *stack) leave() {
	s.t.Helper()
	s.configure("protect", false)
	s.configure("gatewayDeletionProtection", false)
	s.up()
	s.run("destroy")
	if left := s.remains(); len(left) > 0 {
		s.t.Errorf("there is left\n%s", strings.Join(left, "\n"))
	}
}

func TestTheExampleForProductionComesUpAsItIsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, "prod")
	s.refused([]string{"clusters.shop.services.web.image", "clusters.payments.services.orders.image", "the example's placeholder"}, "preview")

	s = newProd(t)
	s.judgedByThePack()
	s.run("up", "--policy-pack", packFolder(t))
	s.checked()
	s.nothingToDo()
	s.verified()
	s.admitsItsServices()
	s.leave()
}

// packFolder is the folder of the policy pack. Its PulumiPolicy.yaml names the prebuilt binary.
func packFolder(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join(root, "controls", "pack"))
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// judgedByThePack asserts that a first preview breaks no policy, and that a policy of another level stops one that does.
func (s *stack) judgedByThePack() {
	s.t.Helper()
	pack := packFolder(s.t)
	if all := s.run("preview", "--policy-pack", pack); !strings.Contains(all, "ambient-ecs-controls@v1.0.0") || strings.Contains(all, "[advisory]") || strings.Contains(all, "[mandatory]") {
		s.t.Errorf("the example for production breaks policies:\n%s", all)
	}
	levels := filepath.Join(s.t.TempDir(), "levels.json")
	s.write(levels, `{"logs-a-year": "mandatory", "logs-own-key": "disabled"}`)
	short := s.fork(s.t)
	short.configure("logRetentionDays", 30)
	short.configure("accounts.external.keys", map[string]any{"topics": "own"})
	short.refused([]string{"[mandatory]", "logs-a-year", "payments-tasks breaks it. To keep it, set retentionInDays to 365"}, "preview", "--policy-pack", pack, "--policy-pack-config", levels)
	if _, all, err := short.try("preview", "--policy-pack", pack); err != nil || !strings.Contains(all, "[advisory]  logs-own-key") {
		s.t.Errorf("an advisory policy does not pass with a word: %v\n%s", err, all)
	}
}

// checked asserts that `ambient check` finds every control kept in the stack that lives.
func (s *stack) checked() {
	s.t.Helper()
	stdout, _, err := s.try("preview", "--json", "--show-sames")
	if err != nil {
		s.t.Fatal(err)
	}
	plan := filepath.Join(s.t.TempDir(), "plan.json")
	s.write(plan, stdout)
	if table, err := s.ambient("check", "--strict", plan); err != nil || !strings.Contains(table, " 0 broken, 0 undecided, 0 without") {
		s.t.Errorf("the example for production breaks controls: %v\n%s", err, table)
	}
}

// admitsItsServices asserts that the network policies of each namespace admit what calls the Services there.
func (s *stack) admitsItsServices() {
	s.t.Helper()
	judged := 0
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			c := api.At(tx, arn)
			c.Each(api.KindOf(api.Object{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}), func(policy api.Object) {
				admitted := map[string]bool{}
				for _, rule := range api.Maps(policy, "spec", "ingress") {
					for _, port := range api.Maps(rule, "ports") {
						admitted[fmt.Sprint(api.Int(port, "port"))] = true
					}
				}
				for _, service := range c.List(api.ServiceKind, api.Namespace(policy)) {
					for _, port := range api.Maps(service, "spec", "ports") {
						target := fmt.Sprint(api.Value(port, "targetPort"))
						// Nobody in the mesh reads istiod's configuration in clear text.
						if target == "15010" {
							continue
						}
						judged++
						if !admitted[target] {
							s.t.Errorf("no network policy admits port %s of the Service %s: %v", target, api.ID(service), admitted)
						}
					}
				}
			})
		}
	})
	if judged < 5 {
		s.t.Errorf("%d ports of Services are behind network policies", judged)
	}
}

// startable runs a command, and fails if there is a moment when one of the running tasks could not start again: it would reach no
// registry, no secrets or no logs.
func (s *stack) startable(run func()) {
	s.t.Helper()
	tasks := 0
	looks := s.meanwhile(func(tx *world.Tx) {
		for _, task := range tx.Find("", aws.TaskKind, nil) {
			if task.String("lastStatus") != "RUNNING" {
				continue
			}
			tasks++
			if issue := aws.StartIssue(tx, task); issue != "" {
				s.t.Errorf("there was a moment when a task like %s could not start: %s", task.ID, issue)
			}
		}
	}, run)
	if looks < 5 || tasks < 2*looks {
		s.t.Errorf("%d looks saw %d tasks", looks, tasks)
	}
}

// The controls of the example are switched on in a stack that lives without them. Nothing is replaced or deleted.
func TestAStackForProductionGetsItsControlsWhileItLives(t *testing.T) {
	t.Parallel()
	s := newProd(t)
	example := map[string]any{}
	s.edit(s.file(), func(content map[string]any) {
		config := content["config"].(map[string]any)
		for _, key := range []string{"podSecurity", "networkPolicies", "defaultServiceAccountTokens", "endpoints", "flowLogs", "permissionsBoundary", "clusterRoleSourceCheck"} {
			example[key] = config["ambient-ecs:"+key]
			delete(config, "ambient-ecs:"+key)
		}
		for account, settings := range config["ambient-ecs:accounts"].(map[string]any) {
			for _, key := range []string{"keys", "egress"} {
				example["accounts."+account+"."+key] = settings.(map[string]any)[key]
				delete(settings.(map[string]any), key)
			}
		}
	})
	s.up()

	for key, value := range example {
		s.configure(key, value)
	}
	if _, all, err := s.try("preview"); err != nil || !strings.Contains(all, "Every node of the group") || !strings.Contains(all, "accounts.local.keys.volumes, now AWS's own key") {
		t.Errorf("the preview does not say that the nodes are replaced: %v\n%s", err, all)
	}
	steps := s.preview()
	if slices.ContainsFunc(steps, func(step string) bool {
		return !strings.HasPrefix(step, "create ") && !strings.HasPrefix(step, "update ") && !regexp.MustCompile(`^delete aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule tasks-(local|external)-https$`).MatchString(step)
	}) {
		t.Errorf("the controls replace or delete more than the rule that lets tasks call any address:\n%s", strings.Join(steps, "\n"))
	}
	golden(t, filepath.Join("testdata", "prod-controls.txt"), strings.Join(steps, "\n")+"\n")
	s.startable(s.up)
	s.nothingToDo()
	s.verified()
	s.admitsItsServices()
	s.leave()
}
