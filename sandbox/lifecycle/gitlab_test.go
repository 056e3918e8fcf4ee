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

// head is the commit of the merge request.
const head = "0123456789abcdef0123456789abcdef01234567"

// gitlab runs the commands of a job of ci/gitlab/pipeline.yml as GitLab does, in one shell that stops at the first command that fails. It returns what GitLab
// was asked for. listed is GitLab's answer for a list, JSON. variables are what a person sets for the pipeline.
func (r *runner) gitlab(name, listed string, variables ...string) (asked string, err error) {
	r.s.t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "ci", "gitlab", "pipeline.yml"))
	if err != nil {
		r.s.t.Fatal(err)
	}
	var jobs map[string]yaml.Node
	if err := yaml.Unmarshal(data, &jobs); err != nil {
		r.s.t.Fatal(err)
	}
	type job struct {
		Extends      string
		BeforeScript []string `yaml:"before_script"`
		Script       []string
	}
	var one, base job
	node, has := jobs[name]
	if !has {
		r.s.t.Fatalf("the pipeline has no job %s", name)
	}
	if err := node.Decode(&one); err != nil {
		r.s.t.Fatal(err)
	}
	if node, has = jobs[one.Extends]; has {
		if err := node.Decode(&base); err != nil {
			r.s.t.Fatal(err)
		}
	}
	for tool, text := range map[string]string{
		"path/aws": `echo '{"Credentials":{"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T"}}'`,
		"path/git": `if [ "$1" = rev-parse ]; then echo ` + head + `; fi`,
		"path/curl": fmt.Sprintf(`for a in "$@"; do case "$a" in */user) echo '{"id":4}'; exit;; --get|*per_page*) printf '%%s' "$LISTED"; exit;; esac; done
echo "$@" >> '%[1]s'; for a in "$@"; do case "$a" in *@*.md) cat "${a#*@}" >> '%[1]s';; esac; done`, r.calls),
	} {
		script(r.s.t, filepath.Join(r.home, tool), text)
	}
	if err := os.RemoveAll(r.calls); err != nil {
		r.s.t.Fatal(err)
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-c", strings.Join(append(base.BeforeScript, one.Script...), "\n"))
	cmd.Dir = r.s.project
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(r.home, "path")+":"+os.Getenv("PATH"), "HOME="+r.home, "STACKS="+r.s.name, "LISTED="+listed, "MERGE_REQUEST=7", "NOTES_TOKEN=t",
		"AWS_TOKEN=t", "AWS_ENTRY_ROLE=arn", "AWS_PROFILES=[profile local]", "CI_JOB_ID=1", "CI_PROJECT_ID=9", "CI_API_V4_URL=https://gitlab.example/api/v4", "COMMIT="+head)
	cmd.Env = append(cmd.Env, variables...)
	out, err := cmd.CombinedOutput()
	calls, _ := os.ReadFile(r.calls)
	if err != nil {
		return string(calls), fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return string(calls), nil
}

// The commands of the pipeline for GitLab, on a stack that lives: a preview with its note, the merge, a night with drift and one without.
func TestThePipelineOfGitLabRuns(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	r := newRunner(s)
	s.configure("logRetentionDays", 90)
	for _, commit := range []string{"", head[:8], strings.Replace(head, "0", "1", 1)} {
		if _, err := r.gitlab("preview", "", "COMMIT="+commit); err == nil || !strings.Contains(err.Error(), "start a pipeline with COMMIT="+head) {
			t.Errorf("a preview of the commit %q runs: %v", commit, err)
		}
	}
	if asked, err := r.gitlab("note", "[]"); err != nil || asked != "" {
		t.Errorf("without a preview GitLab was asked for %q: %v", asked, err)
	}
	if _, err := r.gitlab("preview", ""); err != nil {
		t.Fatal(err)
	}
	for listed, want := range map[string]string{
		`[]`: "--request POST", `[{"id":3,"body":"looks good","author":{"id":1}},{"id":5,"body":"<!-- ambient-ecs: previews -->","author":{"id":4}}]`: "--request PUT",
	} {
		asked, err := r.gitlab("note", listed)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{want, "projects/9/merge_requests/7/notes", "Preview of `single`", "aws:cloudwatch/logGroup:LogGroup", "0 calls", "Cost after the change"} {
			if !strings.Contains(asked, word) {
				t.Errorf("the note does not say %q:\n%s", word, asked)
			}
		}
		if want == "--request PUT" && !strings.Contains(asked, "/notes/5") {
			t.Errorf("another note is edited:\n%s", asked)
		}
	}
	s.configure("region", "europe")
	if _, err := r.gitlab("preview", ""); err == nil {
		t.Error("a refused stack passes")
	}
	if asked, err := r.gitlab("note", "[]"); err != nil || !strings.Contains(asked, `region = "europe"`) {
		t.Errorf("the note does not say why (%v):\n%s", err, asked)
	}
	s.configure("region", "eu-central-1")

	for _, name := range []string{"deploy", "verify"} {
		if _, err := r.gitlab(name, ""); err != nil {
			t.Fatal(err)
		}
	}
	s.unchanged()
	if report, err := os.ReadFile(filepath.Join(s.project, "reports", "single.xml")); err != nil || !strings.Contains(string(report), "<testsuite") {
		t.Errorf("no report: %v\n%s", err, report)
	}

	if asked, err := r.gitlab("drift", "[]"); err != nil || asked != "" {
		t.Errorf("nothing has drifted, and GitLab was asked for %q: %v", asked, err)
	}
	var before any
	change := func(value any) {
		s.look(func(tx *world.Tx) {
			group := tx.Find(home, "aws:cloudwatch/logGroup:LogGroup", nil)[0]
			before = group.Props["retentionInDays"]
			group.Props["retentionInDays"] = value
			tx.Changed(group)
		})
	}
	change(1.0)
	if asked, err := r.gitlab("drift", "[]"); err == nil || !strings.Contains(asked, "--request POST") || !strings.Contains(asked, "title=Drift in single") || !strings.Contains(asked, "retentionInDays") {
		t.Errorf("the drift is not reported (%v):\n%s", err, asked)
	}
	const open = `[{"iid":11,"title":"Drift in singles"},{"iid":12,"title":"Drift in single"}]`
	if asked, err := r.gitlab("drift", open); err == nil || !strings.Contains(asked, "/issues/12") || strings.Contains(asked, "--request POST") {
		t.Errorf("the open issue is not edited (%v):\n%s", err, asked)
	}
	if asked, err := r.gitlab("drift", "[]", "SANDBOX_PASSPHRASE=another"); err == nil || !strings.Contains(asked, "title=single cannot be compared") || strings.Contains(asked, "title=Drift") {
		t.Errorf("a comparison that fails is not told from a drift (%v):\n%s", err, asked)
	}
	if _, err := r.gitlab("deploy", ""); err == nil || !strings.Contains(err.Error(), "single has drifted: nothing is updated") {
		t.Errorf("an update goes over a drift: %v", err)
	}
	change(before)
	if asked, err := r.gitlab("drift", open); err != nil || !strings.Contains(asked, "state_event=close") || !strings.Contains(asked, "/issues/12") {
		t.Errorf("the issue stays open (%v):\n%s", err, asked)
	}
}
