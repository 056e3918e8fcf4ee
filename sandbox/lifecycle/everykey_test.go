//go:build engine && exhaustive

package lifecycle

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/tests/edits"
)

// seen is what a watch over a command saw.
type seen struct {
	looks  int
	silent map[string]time.Duration // how long a service had no task that is ready, in AWS's time, by cluster and service
	still  bool                     // one of them has none at the end
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
	result = &seen{silent: map[string]time.Duration{}}
	last := time.Now()
	result.looks = s.meanwhile(func(tx *world.Tx) {
		now, passed := ready(tx), tx.Now.Sub(last)*aws.Speed
		last, result.still = tx.Now, false
		for service, tasks := range before {
			if n, lives := now[service]; tasks > 0 && (!lives || n == 0) {
				result.silent[service] += passed
				result.still = true
			}
		}
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

// living is a copy of a world that is up.
func living(t *testing.T, w *edits.World) *stack {
	t.Helper()
	return raisedAs(t, "edits of "+w.Name, w.Stack, func(s *stack) {
		if w.Folder != "" {
			folder := filepath.Join(s.project, w.Folder)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			copyFolder(t, filepath.Join(root, w.Folder), folder)
		}
		for _, file := range w.Exists {
			s.exists(filepath.Join(root, file))
		}
		s.look(func(tx *world.Tx) {
			for _, arn := range w.Secrets {
				aws.AddSecret(tx, arn)
			}
		})
		s.apply(w.Values)
	})
}

// apply sets values in the stack file.
func (s *stack) apply(values edits.Values) {
	s.t.Helper()
	s.edit(s.file(), func(content map[string]any) {
		config, plain := content["config"].(map[string]any), map[string]any{}
		for key, value := range config {
			plain[strings.TrimPrefix(key, "ambient-ecs:")] = value
		}
		values.Apply(plain)
		clear(config)
		for key, value := range plain {
			config["ambient-ecs:"+key] = value
		}
	})
}

// played is the row of an edit: what the preview says, and what a watch over the update saw.
func played(t *testing.T, edit edits.Edit) string {
	t.Helper()
	s := living(t, edit.World)
	s.apply(edit.Values)
	row := edit.Row()
	plan, said, err := s.tryPreview()
	if (err != nil) != edit.Refused {
		t.Errorf("the preview: %v\n%s", err, said)
	}
	if !strings.Contains(said, edit.Says) {
		t.Errorf("the preview does not say %q:\n%s", edit.Says, said)
	}
	if err != nil {
		return row + " refused at preview | | | | |"
	}
	tasks, nodes := s.runningTasks(), s.nodes()
	result, out, err := s.over("up")
	if err != nil {
		t.Errorf("up: %v\n%s", err, out)
	}
	if result.looks < 3 {
		t.Errorf("%d looks prove nothing", result.looks)
	}
	silent := []string{}
	for _, arn := range slices.Sorted(maps.Keys(result.silent)) {
		silent = append(silent, arn[strings.Index(arn, "/")+1:])
	}
	if len(silent) == 0 {
		silent = append(silent, "none")
	}
	s.unchanged()
	row = fmt.Sprintf("%s %s | %s | %s | %s |", row, steps(plan), share(gone(tasks, s.runningTasks()), len(tasks)), share(gone(nodes, s.nodes()), len(nodes)), strings.Join(silent, ", "))
	if result.still {
		row += " to the end |"
	} else if len(result.silent) > 0 {
		row += fmt.Sprintf(" %.0f s |", slices.Max(slices.Collect(maps.Values(result.silent))).Round(10*time.Second).Seconds())
	}
	return row
}

// untimed is a row without how long services had no ready task. That depends on the machine, and so the page keeps what it says.
func untimed(row string) string { return duration.ReplaceAllString(row, "|") }

var duration = regexp.MustCompile(`\| [0-9]+ s \|$`)

// An edit of each key is played on a living stack, while a watch looks whether every service answers. The table of docs/edits.md is what
// it saw. Where -run names only some edits, the others keep the row that they have.
func TestAnEditOfEveryKeyDoesWhatTheTableSays(t *testing.T) {
	t.Parallel()
	all := edits.All()
	page := filepath.FromSlash("../../docs/edits.md")
	rows := edits.Rows(string(read(t, page)))
	t.Run("edits", func(t *testing.T) {
		for i, edit := range all {
			t.Run(edit.Keys+": "+edit.Change, func(t *testing.T) {
				t.Parallel()
				row := played(t, edit)
				t.Log(row)
				if *update || untimed(row) != untimed(rows[i]) {
					rows[i] = row
				}
			})
		}
	})
	rows = slices.DeleteFunc(rows, func(row string) bool { return row == "" })
	golden(t, page, editsHead+strings.Join(rows, "\n")+"\n")
}

const editsHead = `# What an edit does to a living stack

` + "`make exhaustive`" + ` plays these edits in the sandbox, each by itself, on one of the stacks below. It looks twenty times a second whether every service has a task that is ready.
"Steps" are creations, updates and deletions in the preview, without those of replaced resources. A service is also without a ready task while its tasks cannot reach istiod. Where nodes are replaced, EKS starts new ones first and drains
the old ones ([upgrade](upgrade.md#what-eks-does)).

While a service has no ready task, every call to it fails. "For" is the longest such time of one service, in seconds of AWS's clock. The sandbox's clock counts the program's own time too, so a slow machine shows more. "To the end": none comes back with the update.

The watch looks at tasks and not at callers. An edit of a domain, a hostname, a port, ` + "`shared`" + ` or the account of a cluster gives a service another name or port, and calls to the old one fail from then on; the preview says so ([living-stack](living-stack.md#what-happens-without-a-step-in-the-preview)).

| stack | is |
|---|---|
| dev | ` + "`Pulumi.dev.yaml`" + ` with versions that have a next one |
| dev, all on | the same with the default versions and everything that has a switch |
| prod | ` + "`Pulumi.prod.yaml`" + ` before its tasks call AWS by endpoints only |
| their-networks, their-service, their-eks | the examples of these names |

| stack | key | change | replaced | steps | tasks restarted | nodes replaced | services without a ready task at times | for |
|---|---|---|---|---|---|---|---|---|
`
