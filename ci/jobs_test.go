package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// desk is the folder of a job with tools that do what files of it say. The life cycles of the sandbox run the same commands with the real tools.
type desk struct {
	t   *testing.T
	dir string
}

// The tools. pulumi reads its exit code and what it prints from files named by the command and the stack. gh and curl answer from files and write
// down what they are asked to change.
var tools = map[string]string{
	"path/pulumi": `kind=$1; stack=; while [ $# -gt 0 ]; do case "$1" in --stack) stack=$2;; --json) kind=plan;; esac; shift; done
cat "$DESK/$kind-$stack" 2>/dev/null || echo "$kind of $stack"
exit "$(cat "$DESK/$kind-$stack.code" 2>/dev/null || echo 0)"`,
	"path/make": "true",
	"path/aws":  `echo '{"Credentials":{"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T"}}'`,
	"path/git":  `if [ "$1" = rev-parse ]; then echo "$COMMIT"; fi`,
	"bin/ambient": `kind=$1; case "$*" in *verify*) kind=verify;; esac
echo "the $kind of $(cat "${!#}")"; exit "$(cat "$DESK/$kind.code" 2>/dev/null || echo 0)"`,
	"path/gh": `call="$*"; filter=
case "$1 $2" in
"api --paginate") while [ $# -gt 0 ]; do if [ "$1" = --jq ]; then filter=$2; fi; shift; done; for page in "$DESK"/page-*; do jq -r "$filter" "$page"; done; exit;;
"issue list") while [ $# -gt 0 ]; do if [ "$1" = --jq ]; then filter=$2; fi; shift; done; jq -r "$filter" "$DESK/issues"; exit;;
esac
echo "$call" >> "$DESK/asked"; for a in "$@"; do case "$a" in body.md|body=@body.md) cat body.md >> "$DESK/asked";; esac; done`,
	"path/curl": `call="$*"; case "$call" in
*--request*) echo "$*" >> "$DESK/asked"; cat body.md >> "$DESK/asked";;
*/user) echo '{"id":9}';;
*issues?*) cat "$DESK/issues";;
*notes?*) cat "$DESK/page-${call##*&page=}" 2>/dev/null || echo '[]';;
esac`,
}

func newDesk(t *testing.T) *desk {
	d := &desk{t, t.TempDir()}
	for name, text := range tools {
		d.write(name, "#!/usr/bin/env bash\n"+text+"\n")
	}
	script, err := os.ReadFile("../.ci/preview")
	if err != nil {
		t.Fatal(err)
	}
	d.write(".ci/preview", string(script))
	d.write("page-1", "[]")
	return d
}

// write writes a file of the desk, which programs may run.
func (d *desk) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) read(name string) string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return string(text)
}

// sh runs a script as a forge does. It returns what the script printed and whether it succeeded.
func (d *desk) sh(script string) (log string, succeeded bool) {
	d.t.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(d.dir, "path")+":"+os.Getenv("PATH"), "DESK="+d.dir, "HOME="+d.dir, "RUNNER_TEMP="+d.dir, "GITHUB_ENV="+filepath.Join(d.dir, "variables"),
		"STACKS=dev acme/mesh/prod", "GITHUB_REPOSITORY=acme/mesh", "PULL_REQUEST=7", "HEAD=0123abc", "MERGE_REQUEST=7", "COMMIT=0123abc", "NOTES_TOKEN=t",
		"CI_PROJECT_ID=9", "CI_API_V4_URL=https://gitlab.example/api/v4", "CI_JOB_ID=1", "AWS_PROFILES=", "AWS_TOKEN=t", "AWS_ENTRY_ROLE=arn")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// github runs a job of a workflow. After a failure only the steps run that say so.
func (d *desk) github(file, name string) (log string, succeeded bool) {
	d.t.Helper()
	succeeded = true
	for _, step := range githubFlows(d.t)[file].Jobs[name].Steps {
		if step.Run == "" || !succeeded && !strings.Contains(step.If, "!cancelled()") {
			continue
		}
		out, fine := d.sh(step.Run)
		log, succeeded = log+out, succeeded && fine
	}
	return log, succeeded
}

// gitlab runs a job of the pipeline.
func (d *desk) gitlab(name string) (log string, succeeded bool) {
	d.t.Helper()
	jobs := gitlabJobs(d.t)
	return d.sh(strings.Join(slices.Concat(jobs[jobs[name].Extends].BeforeScript, jobs[name].Script), "\n"))
}

// forges run a job of the same meaning on both.
var forges = map[string]func(d *desk, name string) (string, bool){
	"GitHub": func(d *desk, name string) (string, bool) {
		return d.github(map[string]string{"preview": "pull-request.yml", "drift": "drift.yml", "deploy": "deploy.yml", "verify": "deploy.yml"}[name], name)
	},
	"GitLab": func(d *desk, name string) (string, bool) {
		log, succeeded := d.gitlab(name)
		if name == "preview" {
			noted, fine := d.gitlab("note")
			return log + noted, succeeded && fine
		}
		return log, succeeded
	},
}

// A reader needs the calls, the cost and the controls of every stack. A long diff takes none of them away, also of a second stack.
func TestACommentHasTheCallsOfEveryStackAndItsDiffsAreCut(t *testing.T) {
	d := newDesk(t)
	long := strings.Repeat("~ a line of the diff, ünïcode\n", 4000)
	d.write("preview-dev", long+"the last line\n")
	d.write("preview-acme/mesh/prod", "+ one line")
	d.write("verify.code", "1")
	log, succeeded := d.sh(".ci/preview comment.md")
	comment := d.read("comment.md")
	if !succeeded || !strings.Contains(log, "the last line") {
		t.Errorf("the log lacks the diff, or the preview failed: %s", log)
	}
	if len(comment) > 65000 {
		t.Errorf("the comment has %d bytes", len(comment))
	}
	end := 0
	for _, word := range []string{
		"## Preview of `dev`", "the verify of plan of dev", "Working calls would stop.", "the cost of plan of dev", "the check of plan of dev",
		"## Preview of `acme/mesh/prod`", "the verify of plan of acme/mesh/prod", "the cost of", "the check of",
		"Diff of <code>dev</code>", "~ a line of the diff, ünïcode\n… and so on, 4001 lines in all", "Diff of <code>acme/mesh/prod</code>", "+ one line\n~~~~~~",
	} {
		at := strings.Index(comment[end:], word)
		if at < 0 {
			t.Fatalf("the comment does not say %q after %q", word, comment[:end])
		}
		end += at
	}
	if strings.Count(comment, "~~~~~~")%2 != 0 || strings.Count(comment, "<details>") != strings.Count(comment, "</details>") {
		t.Errorf("a block is open:\n%s", comment)
	}
}

// A failure of either preview of any stack fails the job, and the comment says which.
func TestAFailedPreviewFailsTheJobAndTheCommentSaysWhy(t *testing.T) {
	for forge, run := range forges {
		for what, c := range map[string]struct{ file, want string }{
			"the preview of the first stack": {"preview-dev", "**The preview failed:**\n\n~~~~~~\npreview of dev"},
			"the JSON of the second stack":   {"plan-acme/mesh/prod", "calls, cost and controls are read from failed"},
		} {
			d := newDesk(t)
			d.write(c.file+".code", "1")
			if _, succeeded := run(d, "preview"); succeeded || !strings.Contains(d.read("asked"), c.want) {
				t.Errorf("%s: %s fails, the job succeeds: %v\n%s", forge, what, succeeded, d.read("asked"))
			}
		}
		d := newDesk(t)
		if log, succeeded := run(d, "preview"); !succeeded || !strings.Contains(d.read("asked"), "0123abc") {
			t.Errorf("%s: %s\n%s", forge, log, d.read("asked"))
		}
	}
}

// comments are pages of comments, as both forges list them. Each has an id, its place. A page is full but the last.
func comments(d *desk, bodies map[int][2]string) {
	var all []any
	for i := range 150 {
		author, body := "somebody", "looks good"
		if own, has := bodies[i]; has {
			author, body = own[0], own[1]
		}
		all = append(all, map[string]any{"id": i, "body": body, "user": map[string]any{"login": author}, "author": map[string]any{"id": map[string]int{"github-actions[bot]": 9}[author]}})
	}
	for page, some := range [][]any{all[:100], all[100:]} {
		text, err := json.Marshal(some)
		if err != nil {
			d.t.Fatal(err)
		}
		d.write(fmt.Sprintf("page-%d", page+1), string(text))
	}
}

// Other workflows write comments by the same account, people quote ours, and there are more than a page of them.
func TestOnlyTheOwnCommentIsEdited(t *testing.T) {
	const bot, own = "github-actions[bot]", "<!-- ambient-ecs: previews -->\nOf `ffff`"
	others := map[int][2]string{3: {bot, "Coverage: 80 %"}, 4: {"somebody", own}, 5: {bot, "> " + own}, 149: {bot, "Coverage: 81 %"}}
	for forge, c := range map[string]struct{ edit, write string }{
		"GitHub": {"PATCH repos/acme/mesh/issues/comments/120 ", "POST repos/acme/mesh/issues/7/comments "},
		"GitLab": {"merge_requests/7/notes/120\n", "--request POST"},
	} {
		d := newDesk(t)
		comments(d, others)
		if log, succeeded := forges[forge](d, "preview"); !succeeded || !strings.Contains(d.read("asked"), c.write) || !strings.Contains(d.read("asked"), "<!-- ambient-ecs: previews -->") {
			t.Errorf("%s: no comment is written: %s\n%s", forge, log, d.read("asked"))
		}
		d = newDesk(t)
		others[120] = [2]string{bot, own}
		comments(d, others)
		delete(others, 120)
		if log, succeeded := forges[forge](d, "preview"); !succeeded || !strings.Contains(d.read("asked"), c.edit) || strings.Contains(d.read("asked"), "POST") {
			t.Errorf("%s: the comment is not edited: %s\n%s", forge, log, d.read("asked"))
		}
	}
}

// An expired token, a lock or an API that does not answer is no drift. It has an issue of its own, and says nothing about the drift of before.
func TestOnlyAComparisonThatSucceedsReportsADrift(t *testing.T) {
	const drift, failure = "Drift in dev", "dev cannot be compared"
	open := `[{"number":11,"iid":11,"title":"Drift in development"},{"number":12,"iid":12,"title":"Drift in dev"},{"number":13,"iid":13,"title":"dev cannot be compared"}]`
	for forge, words := range map[string]struct{ create, edit, closed string }{
		"GitHub": {"issue create --repo acme/mesh --title ", "issue edit ", "issue close "},
		"GitLab": {"--request POST --data-urlencode title=", "description@body.md https://gitlab.example/api/v4/projects/9/issues/", "state_event=close https://gitlab.example/api/v4/projects/9/issues/"},
	} {
		for _, c := range []struct {
			code, issues string
			succeeds     bool
			says, not    []string
		}{
			{"0", "[]", true, nil, []string{words.create, words.edit, words.closed}},
			{"0", open, true, []string{words.closed + "12", words.closed + "13"}, []string{words.create, words.edit}},
			{"7", "[]", false, []string{words.create + drift}, []string{failure, words.closed}},
			{"7", open, false, []string{words.edit + "12", words.closed + "13"}, []string{words.create, words.closed + "12"}},
			{"1", "[]", false, []string{words.create + failure, "exit code 1"}, []string{drift}},
			{"255", open, false, []string{words.edit + "13"}, []string{words.create, words.closed, words.edit + "12"}},
		} {
			d := newDesk(t)
			d.write("refresh-dev.code", c.code)
			d.write("issues", c.issues)
			log, succeeded := forges[forge](d, "drift")
			asked := d.read("asked")
			if succeeded != c.succeeds || !strings.Contains(log, "refresh of acme/mesh/prod") {
				t.Errorf("%s, exit code %s: the job succeeds: %v\n%s", forge, c.code, succeeded, log)
			}
			for _, word := range c.says {
				if !strings.Contains(asked, word) {
					t.Errorf("%s, exit code %s with %s: it does not %q:\n%s", forge, c.code, c.issues, word, asked)
				}
			}
			for _, word := range c.not {
				if strings.Contains(asked, word) {
					t.Errorf("%s, exit code %s with %s: it does %q:\n%s", forge, c.code, c.issues, word, asked)
				}
			}
		}
	}
}

// Nothing is updated over a drift, nor where nobody knows whether there is one.
func TestAnUpdateNeedsAComparisonThatFindsNothing(t *testing.T) {
	for forge, run := range forges {
		for code, want := range map[string]string{"7": "acme/mesh/prod has drifted", "1": "acme/mesh/prod cannot be compared", "0": "up of acme/mesh/prod"} {
			d := newDesk(t)
			d.write("refresh-acme/mesh/prod.code", code)
			log, succeeded := run(d, "deploy")
			if succeeded != (code == "0") || !strings.Contains(log, want) || code != "0" && strings.Contains(log, "up of") {
				t.Errorf("%s, exit code %s: the job succeeds: %v\n%s", forge, code, succeeded, log)
			}
		}
		d := newDesk(t)
		if log, succeeded := run(d, "verify"); !succeeded || d.read("reports/acme-mesh-prod.xml") == "" {
			t.Errorf("%s: no report of a stack with a path: %v %s", forge, succeeded, log)
		}
	}
}

// A comparison in the middle of an update finds what the update changes. Who waits is not thrown out by who comes later.
func TestUpdatesAndComparisonsWaitForEachOther(t *testing.T) {
	flows, jobs := githubFlows(t), gitlabJobs(t)
	for _, file := range []string{"deploy.yml", "drift.yml"} {
		if group := flows[file].Concurrency; group["group"] != "stacks" || group["queue"] != "max" || group["cancel-in-progress"] != "" {
			t.Errorf("%s is in the group %v", file, group)
		}
	}
	for _, name := range []string{"deploy", "drift"} {
		if jobs[name].Group != "stacks" {
			t.Errorf("on GitLab %s is in the group %q", name, jobs[name].Group)
		}
	}
}

// GitHub gives no secrets to a run that Dependabot starts, so a preview there can only fail.
func TestAPreviewIsForPeopleOfTheRepository(t *testing.T) {
	condition := githubFlows(t)["pull-request.yml"].Jobs["preview"].If
	for _, part := range []string{"github.event.pull_request.head.repo.full_name == github.repository", "github.actor != 'dependabot[bot]'", "vars.PREVIEWS != 'off'"} {
		if !slices.Contains(strings.Split(condition, " && "), part) {
			t.Errorf("a preview runs if %s", condition)
		}
	}
}
