//go:build engine

package lifecycle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/sandbox/world"
)

// job is the commands of a job of a workflow.
type job struct {
	Env   map[string]string
	Steps []struct {
		Name, Run, If string
		Env           map[string]string
	}
}

// workflow reads a job of .github/workflows.
func workflow(t *testing.T, file, name string) job {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, ".github", "workflows", file))
	if err != nil {
		t.Fatal(err)
	}
	var flow struct{ Jobs map[string]job }
	if err := yaml.Unmarshal(data, &flow); err != nil {
		t.Fatal(err)
	}
	j, has := flow.Jobs[name]
	if !has {
		t.Fatalf("%s has no job %s", file, name)
	}
	return j
}

// runner is a machine of GitHub: pulumi and ambient are the sandbox's, gh writes down what it is asked for.
type runner struct {
	s     *stack
	home  string
	calls string
	// issue is the number of the open issue about drift, if there is one.
	issue string
	// passphrase is what pulumi opens the state with. Empty: the right one.
	passphrase string
}

func newRunner(s *stack) *runner {
	r := &runner{s: s, home: s.t.TempDir()}
	r.calls = filepath.Join(r.home, "gh")
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, text := range map[string]string{
		// The sandbox looks for the real pulumi in PATH.
		"path/pulumi": fmt.Sprintf(`PATH='%s' exec '%s/sandbox' ${SANDBOX_PASSPHRASE:+-passphrase "$SANDBOX_PASSPHRASE"} -project '%s' -state '%s' "$@"`, os.Getenv("PATH"), bin, s.project, s.state),
		// A build comes after the profiles, which AWS's tools find.
		"path/make": `grep -q '^.profile local.$' "${AWS_CONFIG_FILE:-$HOME/.aws/config}"`,
		// The body is what the comment or the issue says.
		"path/gh": fmt.Sprintf(`case "$*" in
"issue list"*"Drift in"*) printf '%%s' "$ISSUE"; exit;;
"issue list"*|"api --paginate"*) exit;;
esac
echo "$@" >> '%[1]s'; for a in "$@"; do case "$a" in body.md|body=@body.md) cat body.md >> '%[1]s';; esac; done`, r.calls),
	} {
		script(s.t, filepath.Join(r.home, name), text)
	}
	preview, err := os.ReadFile(filepath.Join(root, ".ci", "preview"))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(s.project, ".ci"), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.project, ".ci", "preview"), preview, 0o755); err != nil {
		s.t.Fatal(err)
	}
	script(s.t, filepath.Join(s.project, "bin", "ambient"), fmt.Sprintf(`PATH='%s' exec '%s/ambient' --sandbox '%s' --project '%s' "$@"`, os.Getenv("PATH"), bin, s.state, s.project))
	return r
}

// run runs the commands of a job as GitHub does, and returns what gh was asked for. After a failure only those steps run that say so.
func (r *runner) run(j job) (asked string, err error) {
	r.s.t.Helper()
	if err := os.RemoveAll(r.calls); err != nil {
		r.s.t.Fatal(err)
	}
	variables := filepath.Join(r.home, "variables")
	if err := os.WriteFile(variables, nil, 0o600); err != nil {
		r.s.t.Fatal(err)
	}
	for _, step := range j.Steps {
		if step.Run == "" || err != nil && !strings.Contains(step.If, "!cancelled()") {
			continue
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
		cmd.Dir = r.s.project
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(r.home, "path")+":"+os.Getenv("PATH"), "HOME="+r.home, "STACKS="+r.s.name, "ISSUE="+r.issue,
			"GITHUB_ENV="+variables, "RUNNER_TEMP="+r.home, "GITHUB_REPOSITORY=acme/mesh", "PULL_REQUEST=7", "HEAD="+head, "SANDBOX_PASSPHRASE="+r.passphrase, "AWS_PROFILES=[profile local]")
		set, unread := os.ReadFile(variables)
		if unread != nil {
			r.s.t.Fatal(unread)
		}
		cmd.Env = append(cmd.Env, strings.Fields(string(set))...)
		if out, failed := cmd.CombinedOutput(); failed != nil {
			err = fmt.Errorf("%s: %w\n%s", step.Name, failed, out)
		}
	}
	calls, _ := os.ReadFile(r.calls)
	return string(calls), err
}

// The commands of the workflows, on a stack that lives: a pull request, its merge, a night with drift and one without.
func TestTheWorkflowsRun(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	r := newRunner(s)

	pull := workflow(t, "pull-request.yml", "preview")
	s.configure("logRetentionDays", 90)
	asked, err := r.run(pull)
	if err != nil {
		t.Fatalf("%v\n%s", err, asked)
	}
	for _, word := range []string{"POST repos/acme/mesh/issues/7/comments", "<!-- ambient-ecs: previews -->", "Preview of `single`", "aws:cloudwatch/logGroup:LogGroup", "retentionInDays", "Calls that change", "0 calls",
		"Cost after the change", "node t3.large", "Fargate task", "a month of 730 hours"} {
		if !strings.Contains(asked, word) {
			t.Errorf("the comment does not say %q:\n%s", word, asked)
		}
	}
	s.configure("region", "europe")
	if asked, err = r.run(pull); err == nil || !strings.Contains(asked, `region = "europe"`) {
		t.Errorf("a refused stack passes, or the comment does not say why (%v):\n%s", err, asked)
	}
	s.configure("region", "eu-central-1")

	deploy := workflow(t, "deploy.yml", "deploy")
	for _, name := range []string{"deploy", "verify"} {
		if _, err := r.run(workflow(t, "deploy.yml", name)); err != nil {
			t.Fatal(err)
		}
	}
	s.unchanged()
	report, err := os.ReadFile(filepath.Join(s.project, "reports", "single.xml"))
	if err != nil || !strings.Contains(string(report), "<testsuite") {
		t.Errorf("no report: %v\n%s", err, report)
	}

	drift := workflow(t, "drift.yml", "drift")
	if asked, err = r.run(drift); err != nil || asked != "" {
		t.Errorf("nothing has drifted, and gh was asked for %q: %v", asked, err)
	}
	var before any
	change := func(value any) {
		s.look(func(tx *world.Tx) {
			for _, group := range tx.Find(home, "aws:cloudwatch/logGroup:LogGroup", nil) {
				before = group.Props["retentionInDays"]
				group.Props["retentionInDays"] = value
				tx.Changed(group)
				return
			}
		})
	}
	change(1.0)
	if asked, err = r.run(drift); err == nil || !strings.Contains(asked, "issue create") || !strings.Contains(asked, "retentionInDays") {
		t.Errorf("the drift is not reported (%v):\n%s", err, asked)
	}
	r.issue = "12"
	if asked, err = r.run(drift); err == nil || !strings.Contains(asked, "issue edit 12") || strings.Contains(asked, "issue create") {
		t.Errorf("the open issue is not edited (%v):\n%s", err, asked)
	}
	if _, err = r.run(deploy); err == nil || !strings.Contains(err.Error(), "single has drifted: nothing is updated") {
		t.Errorf("an update goes over a drift: %v", err)
	}
	change(before)
	// Whoever cannot open the state compares nothing.
	r.passphrase = "another"
	if asked, err = r.run(drift); err == nil || !strings.Contains(asked, "issue create --repo acme/mesh --title single cannot be compared") || strings.Contains(asked, "issue edit 12") {
		t.Errorf("a comparison that fails is not told from a drift (%v):\n%s", err, asked)
	}
	r.passphrase = ""
	if asked, err = r.run(drift); err != nil || !strings.Contains(asked, "issue close 12") {
		t.Errorf("the issue stays open (%v):\n%s", err, asked)
	}
}
