package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// githubJob is a job of a workflow of GitHub.
type githubJob struct {
	RunsOn      string `yaml:"runs-on"`
	If          string
	Environment string
	Steps       []struct{ Name, If, Run string }
}

// githubFlow is a workflow of GitHub.
type githubFlow struct {
	On          yaml.Node
	Concurrency map[string]string
	Jobs        map[string]githubJob
}

// githubFiles are the texts of the workflows, by file name.
func githubFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../.github/workflows/*.y*ml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = data
	}
	return texts
}

func githubFlows(t *testing.T) map[string]githubFlow {
	t.Helper()
	flows := map[string]githubFlow{}
	for file, data := range githubFiles(t) {
		var flow githubFlow
		if err := yaml.Unmarshal(data, &flow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		flows[file] = flow
	}
	return flows
}

// An EKS API that is closed to the internet admits no runner of GitHub. A job with a role runs where the user says. A job without one may run
// the code of a fork, and runs on GitHub's machines alone.
func TestOnlyJobsWithARoleRunOnTheRunnerOfTheUser(t *testing.T) {
	roles := 0
	for file, flow := range githubFlows(t) {
		for name, job := range flow.Jobs {
			want := "ubuntu-24.04"
			if job.Environment != "" {
				want = "${{ vars.RUNNER || 'ubuntu-24.04' }}"
				roles++
			}
			if job.RunsOn != want {
				t.Errorf("%s: %s runs on %s", file, name, job.RunsOn)
			}
		}
	}
	if roles != 4 {
		t.Errorf("%d jobs have a role", roles)
	}
	jobs := gitlabJobs(t)
	if !slices.Equal(jobs[".roles"].Tags, []string{"$RUNNER"}) {
		t.Errorf("on GitLab the jobs with a role have the tags %q", jobs[".roles"].Tags)
	}
	for name, job := range jobs {
		if name != ".roles" && len(job.Tags) > 0 {
			t.Errorf("%s has the tags %s", name, strings.Join(job.Tags, " "))
		}
	}
}

// A pinned action is a commit, with its version beside it: a tag may be moved.
var pinned = regexp.MustCompile(`^[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// A workflow on pull_request_target would run a fork's code with the secrets of the repository.
func TestWorkflowsRunPinnedActionsAndNoForeignCodeWithSecrets(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	uses, targets := 0, 0
	for file, text := range githubFiles(t) {
		if strings.Contains(string(text), "pull_request_target") {
			t.Errorf("%s runs on pull_request_target", file)
		}
		for line := range strings.Lines(string(text)) {
			if _, action, is := strings.Cut(line, "uses: "); is {
				uses++
				if !pinned.MatchString(strings.TrimSpace(action)) {
					t.Errorf("%s: %s is no commit with its version", file, strings.TrimSpace(action))
				}
			}
			for _, target := range built.FindAllString(line, -1) {
				targets++
				if !strings.Contains(string(makefile), "\n"+target+": ") {
					t.Errorf("%s: the Makefile has no target %s", file, target)
				}
			}
		}
	}
	if uses == 0 || targets == 0 {
		t.Errorf("%d actions and %d targets prove nothing", uses, targets)
	}
}

// built are the programs that a workflow builds with make.
var built = regexp.MustCompile(`\bbin/[a-z-]+`)
