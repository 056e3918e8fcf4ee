package main

import (
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// gitlabJob is a job of the pipeline for GitLab.
type gitlabJob struct {
	Extends      string
	Tags         []string
	Group        string   `yaml:"resource_group"`
	BeforeScript []string `yaml:"before_script"`
	Script       []string
	Rules        []struct{ If string }
	Environment  struct{ Name string }
	IDTokens     map[string]struct{ Aud string } `yaml:"id_tokens"`
}

func gitlabJobs(t *testing.T) map[string]gitlabJob {
	t.Helper()
	data, err := os.ReadFile("gitlab/pipeline.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]yaml.Node
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	jobs := map[string]gitlabJob{}
	for name, node := range file {
		var job gitlabJob
		if node.Kind == yaml.MappingNode && node.Decode(&job) == nil && len(job.Script)+len(job.BeforeScript) > 0 {
			jobs[name] = job
		}
	}
	return jobs
}

// The roles trust the protected branch, and the audience that its file gives to a job. So a job with a token runs by that file alone.
func TestOnlyPipelinesOfTheDefaultBranchHaveTokens(t *testing.T) {
	s, err := read(valid(map[string]string{"forge": "gitlab"}))
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]bool{}
	for name, job := range gitlabJobs(t) {
		if len(job.IDTokens) == 0 {
			if job.Extends == ".roles" {
				t.Errorf("%s takes a role without a token", name)
			}
			continue
		}
		environment := job.Environment.Name
		tokens[environment] = true
		if got := job.IDTokens["AWS_TOKEN"].Aud; got != s.audience(environment) || len(job.IDTokens) != 1 || s.Environments[environment] == "" {
			t.Errorf("%s is in the environment %s and has a token for %s", name, environment, got)
		}
		for _, rule := range job.Rules {
			if !strings.Contains(rule.If, "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH") || strings.Contains(rule.If, "merge_request_event") {
				t.Errorf("%s runs where %s", name, rule.If)
			}
		}
		if len(job.Rules) == 0 {
			t.Errorf("%s runs in every pipeline", name)
		}
	}
	if len(tokens) != len(s.Environments) {
		t.Errorf("the environments with tokens are %v", tokens)
	}
}

// A preview runs the code of a merge request. It has no token that writes to GitLab.
func TestAPreviewOnGitLabCannotWriteToGitLab(t *testing.T) {
	for name, want := range map[string]bool{"preview": false, "test": false, "deploy": false, "note": true, "drift": true} {
		job := gitlabJobs(t)[name]
		if got := strings.Contains(strings.Join(job.Script, "\n"), "NOTES_TOKEN"); got != want || len(job.Script) == 0 {
			t.Errorf("%s uses the token: %v", name, got)
		}
	}
	if note := gitlabJobs(t)["note"]; len(note.IDTokens) > 0 || note.Extends != "" {
		t.Errorf("the job that writes notes takes a role: %+v", note)
	}
}
