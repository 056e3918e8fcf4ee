package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// rights are what a job of GitHub may do.
type rights struct {
	// On are the events that start the job's workflow, sorted, each with the branches that it is for.
	On string
	// Environment has the role and the secrets of the job. Empty: the job has neither.
	Environment string
	// Permissions are those of the job's token of GitHub, sorted.
	Permissions string
	// Secrets are what the job reads of the contexts that hold secrets, sorted: names of secrets, and github.token.
	Secrets string
}

const stackSecrets = "PULUMI_ACCESS_TOKEN PULUMI_CONFIG_PASSPHRASE"

// jobRights are all jobs of the workflows, by file and name. A job without an environment runs the code of forks, or could: it reads the
// repository, and nothing else.
var jobRights = map[string]rights{
	"deploy.yml deploy":        {"push:main", "production", "contents:read id-token:write", stackSecrets},
	"deploy.yml verify":        {"push:main", "verify", "contents:read id-token:write", stackSecrets},
	"drift.yml drift":          {"schedule workflow_dispatch", "drift", "contents:read id-token:write issues:write", stackSecrets + " github.token"},
	"pull-request.yml preview": {"pull_request", "preview", "contents:read id-token:write pull-requests:write", stackSecrets + " github.token"},
	"pull-request.yml test":    {"pull_request", "", "contents:read", ""},
}

// kindOf is what the role of an environment may do.
var kindOf = map[string]Kind{"preview": "read", "drift": "read", "production": "deploy", "verify": "verify"}

func TestEachJobOnGitHubHasItsEnvironmentItsPermissionsAndItsSecretsAndNoOthers(t *testing.T) {
	found := map[string]rights{}
	for file, text := range githubFiles(t) {
		maps.Copy(found, rightsOf(t, file, text))
	}
	for job, want := range jobRights {
		if got, has := found[job]; !has || got != want {
			t.Errorf("%s: %+v, want %+v", job, got, want)
		}
	}
	for job, got := range found {
		if _, known := jobRights[job]; !known {
			t.Errorf("%s is not in the table: %+v", job, got)
		}
	}
}

// The table itself gives nothing to a job without an environment, and each environment has the role of its jobs.
func TestOnlyJobsInAnEnvironmentHaveSecretsAndTokens(t *testing.T) {
	s, err := read(valid(nil))
	if err != nil {
		t.Fatal(err)
	}
	environments := map[string]Kind{}
	for job, r := range jobRights {
		if r.Environment == "" && (r.Permissions != "contents:read" || r.Secrets != "") {
			t.Errorf("%s has no environment, and has %s and %s", job, r.Permissions, r.Secrets)
		}
		if r.Environment != "" {
			environments[r.Environment] = kindOf[r.Environment]
		}
	}
	if !maps.Equal(environments, s.Environments) {
		t.Errorf("the workflows have the environments %v, and ci/ makes roles for %v", environments, s.Environments)
	}
}

// Each line changes one workflow, in a way that gives a right or takes an environment away. The reading sees each of them.
func TestWhatAWorkflowGivesToAJobIsSeen(t *testing.T) {
	const unsafe, test, deploy = "pull-request.yml preview", "pull-request.yml test", "deploy.yml deploy"
	const permissions, run = "permissions:\n  contents: read\n", "      - run: .ci/run\n"
	for what, c := range map[string]struct{ job, old, new string }{
		"another environment":               {unsafe, "environment: preview", "environment: production"},
		"an environment with an address":    {unsafe, "environment: preview", "environment: {name: production, url: https://example.com}"},
		"a token of AWS for every job":      {test, permissions, permissions + "  id-token: write\n"},
		"every permission":                  {test, permissions, "permissions: write-all\n"},
		"the permissions of the repository": {test, permissions, ""},
		"a token of AWS for the tests":      {test, "  test:\n", "  test:\n    permissions: {contents: read, id-token: write}\n"},
		"a secret of a step":                {test, run, run + "        env: {KEY: '${{ secrets.KEY }}'}\n"},
		"a secret of every job":             {test, permissions, permissions + "env:\n  KEY: ${{ secrets.KEY }}\n"},
		"a secret by its name in brackets":  {test, run, run + "        env: {KEY: \"${{ secrets['KEY'] }}\"}\n"},
		"all secrets":                       {test, run, run + "        env: {ALL: '${{ toJSON(secrets) }}'}\n"},
		"a secret in a script":              {test, run, "      - run: echo ${{ secrets.KEY }} | .ci/run\n"},
		"secrets in another workflow":       {test, "  test:\n", "  test:\n    secrets: inherit\n"},
		"the token of GitHub":               {test, run, run + "        env: {GH_TOKEN: '${{ github.token }}'}\n"},
		"the whole context of GitHub":       {test, run, run + "        env: {ALL: '${{ toJSON(github) }}'}\n"},
		"a pull request with secrets":       {test, "on:\n  pull_request:\n", "on:\n  pull_request_target:\n"},
		"a deployment of every branch":      {deploy, "    branches: [main]\n", "    branches: ['**']\n"},
		"a deployment without a branch":     {deploy, "  push:\n    branches: [main]\n", "  push:\n"},
		"a deployment of a pull request":    {deploy, "on:\n", "on:\n  pull_request:\n"},
	} {
		file, _, _ := strings.Cut(c.job, " ")
		text := string(githubFiles(t)[file])
		if strings.Count(text, c.old) != 1 {
			t.Fatalf("%s: %q is %d times in %s", what, c.old, strings.Count(text, c.old), file)
		}
		if got := rightsOf(t, file, []byte(strings.Replace(text, c.old, c.new, 1)))[c.job]; got == jobRights[c.job] {
			t.Errorf("%s is not seen: %+v", what, got)
		}
	}
}

// rightsOf are the rights of the jobs of a workflow, as GitHub grants them.
func rightsOf(t *testing.T, file string, text []byte) map[string]rights {
	t.Helper()
	var flow struct {
		On          yaml.Node
		Env         yaml.Node
		Permissions yaml.Node
		Jobs        map[string]yaml.Node
	}
	if err := yaml.Unmarshal(text, &flow); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	all := map[string]rights{}
	for name, node := range flow.Jobs {
		var job struct{ Environment, Permissions, Secrets yaml.Node }
		if err := node.Decode(&job); err != nil {
			t.Fatalf("%s: %s: %v", file, name, err)
		}
		granted := job.Permissions
		if granted.Kind == 0 {
			granted = flow.Permissions
		}
		environment := strings.Join(entries(&job.Environment), " ")
		secrets := append(secretsIn(&flow.Env), secretsIn(&node)...)
		if job.Secrets.Kind != 0 {
			secrets = append(secrets, "passed on")
		}
		slices.Sort(secrets)
		all[file+" "+name] = rights{strings.Join(events(t, &flow.On), " "), environment, strings.Join(entries(&granted), " "), strings.Join(slices.Compact(secrets), " ")}
	}
	return all
}

// entries are a scalar, or the entries of a mapping as KEY:VALUE, sorted.
func entries(n *yaml.Node) (all []string) {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, fmt.Sprintf("%s:%s", n.Content[i].Value, n.Content[i+1].Value))
	}
	slices.Sort(all)
	return all
}

// events are what starts a workflow, each with the branches that it is for. Without branches it is for every one.
func events(t *testing.T, on *yaml.Node) (all []string) {
	t.Helper()
	all = keys(on)
	if on.Kind != yaml.MappingNode {
		return all
	}
	var each map[string]yaml.Node
	if err := on.Decode(&each); err != nil {
		t.Fatal(err)
	}
	for i, name := range all {
		var event struct{ Branches yaml.Node }
		if node := each[name]; node.Kind == yaml.MappingNode {
			if err := node.Decode(&event); err != nil {
				t.Fatal(err)
			}
		}
		if branches := keys(&event.Branches); len(branches) > 0 {
			all[i] += ":" + strings.Join(branches, ",")
		}
	}
	return all
}

// keys are a scalar, the items of a list, or the keys of a mapping, sorted.
func keys(n *yaml.Node) (all []string) {
	step := 1
	switch n.Kind {
	case yaml.ScalarNode:
		return []string{n.Value}
	case yaml.MappingNode:
		step = 2
	}
	for i := 0; i < len(n.Content); i += step {
		all = append(all, n.Content[i].Value)
	}
	slices.Sort(all)
	return all
}

// expression is an expression of GitHub. secret is what one reads of a context that holds secrets, and without a name the whole context.
var (
	expression = regexp.MustCompile(`(?s)\$\{\{.*?\}\}`)
	secret     = regexp.MustCompile(`(?i)\bsecrets\b(?:\.([\w-]+))?|\bgithub\b(?:\.([\w-]+))?`)
)

// secretsIn are what the expressions below a node read of secrets. Comments are no part of it.
func secretsIn(n *yaml.Node) (all []string) {
	for _, part := range expression.FindAllString(n.Value, -1) {
		for _, match := range secret.FindAllStringSubmatch(part, -1) {
			switch {
			case match[1] != "":
				all = append(all, match[1])
			case match[2] == "" || strings.EqualFold(match[2], "token"):
				all = append(all, match[0])
			}
		}
	}
	for _, child := range n.Content {
		all = append(all, secretsIn(child)...)
	}
	return all
}
