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
	"ambient-ecs/tests/pages"
)

// digest stands for an image's, where the example for production has placeholders.
var digest = strings.Repeat("0123456789abcdef", 4)

// newProd is the example for production with an image's digest in place of each placeholder.
func newProd(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "prod")
	content := string(s.configuration())
	for _, digit := range []string{"0", "1"} {
		content = strings.ReplaceAll(content, strings.Repeat(digit, 64), digest)
	}
	s.reconfigure([]byte(content))
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

	newProd(t).judgedByThePack()
	// The README's commands. The editor puts in what is a person's own, and the update is judged by the pack besides.
	s.types(`EDITOR='sed -i -E s/0{64}|1{64}/`+digest+`/' SOLO_LICENSE_KEY=a-licence MY_IP=198.51.100.7
up() { bin/sandbox up "$@" --policy-pack '`+packFolder(t)+`'; }`, strings.Replace(block(t, "README.md", "make bin/ambient-ecs"), "\npulumi up ", "\nup ", 1))
	if file := string(s.configuration()); !strings.Contains(file, "a-licence") || !strings.Contains(file, "198.51.100.7/32") {
		t.Errorf("the licence or the address is not in the stack file:\n%s", file)
	}
	s.checked()
	s.priced()
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

// policyPage is the page of the policy pack and of `ambient check`.
const policyPage = "docs/policy-pack.md"

// packed puts the policy pack where the page's commands look for it.
func (s *stack) packed() {
	s.t.Helper()
	pack := filepath.Join("controls", "pack")
	if err := os.MkdirAll(filepath.Join(s.project, pack), 0o755); err != nil {
		s.t.Fatal(err)
	}
	s.copy(filepath.Join(pack, "PulumiPolicy.yaml"), filepath.Join(pack, "PulumiPolicy.yaml"))
	binary, err := filepath.Abs(filepath.Join(root, "bin", "policy-pack"))
	if err != nil {
		s.t.Fatal(err)
	}
	script(s.t, filepath.Join(s.project, "bin", "policy-pack"), "exec '"+binary+"' \"$@\"")
}

// judgedByThePack asserts that a first preview breaks no policy, and that a policy of another level stops one that does. The commands and the
// levels are the page's.
func (s *stack) judgedByThePack() {
	s.t.Helper()
	short := s.fork(s.t)
	s.packed()
	if all := s.types("", block(s.t, policyPage, "make bin/policy-pack")); strings.Count(all, "ambient-ecs-controls@v1.0.0") != 2 || strings.Contains(all, "[advisory]") || strings.Contains(all, "[mandatory]") {
		s.t.Errorf("the example for production breaks policies:\n%s", all)
	}
	for _, b := range pages.Blocks(s.t, page(policyPage)) {
		if b.Language == "json" {
			short.write(filepath.Join(short.project, "levels.json"), b.Text)
		}
	}
	short.packed()
	short.configure("logRetentionDays", 30)
	short.configure("accounts.external.keys", map[string]any{"topics": "own"})
	all, err := short.tryTypes("", block(s.t, policyPage, "pulumi preview --stack prod --policy-pack"))
	for _, words := range []string{"[mandatory]", "logs-a-year", "payments-tasks breaks it. To keep it, set retentionInDays to 365"} {
		if err == nil || !strings.Contains(all, words) {
			s.t.Errorf("a mandatory policy does not stop the preview with %q: %v\n%s", words, err, all)
		}
	}
	if _, all, err := short.try("preview", "--policy-pack", packFolder(s.t)); err != nil || !strings.Contains(all, "[advisory]  logs-own-key") {
		s.t.Errorf("an advisory policy does not pass with a word: %v\n%s", err, all)
	}
}

// checked asserts that `ambient check` finds every control kept in the stack that lives.
func (s *stack) checked() {
	s.t.Helper()
	const kept = " 0 broken, 0 undecided, 0 without"
	if table := s.types("", block(s.t, policyPage, "pulumi preview --json")); !strings.Contains(table, kept) {
		s.t.Errorf("the example for production breaks controls:\n%s", table)
	}
	if table, err := s.ambient("check", "--strict", filepath.Join(s.project, "plan.json")); err != nil || !strings.Contains(table, kept) {
		s.t.Errorf("the example for production breaks advisory controls: %v\n%s", err, table)
	}
}

// priced asserts that the page's commands tell what the stack costs, by the built-in prices and by those of a file.
func (s *stack) priced() {
	s.t.Helper()
	s.copy(filepath.Join("verify", "cost", "prices.json"), "prices.json")
	said := s.types("", block(s.t, "docs/cost.md", "pulumi preview --json")+block(s.t, "docs/cost.md", "bin/ambient cost --prices"))
	sums := regexp.MustCompile(`(?m)^All accounts: .*$`).FindAllString(said, -1)
	if len(sums) != 2 || sums[0] != sums[1] || !strings.Contains(sums[0], " a month of 730 hours") {
		s.t.Errorf("the sums are %q:\n%s", sums, said)
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
