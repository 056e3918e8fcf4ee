package main

import (
	"maps"
	"strings"
	"testing"

	"ambient-ecs/iam/evaluation"
)

// claims are those of a token of GitHub: of a job of the environment preview, in a pull request.
var claims = map[string]string{
	"aud": audience, "sub": "repo:acme/mesh:environment:preview", "ref": "refs/pull/7/merge", "repository_id": "456789", "environment": "preview",
}

// takes reports whether IAM lets a job with a token take the entry role of an environment. The token is claims, but for what differs.
func takes(s Settings, environment string, differs map[string]string) bool {
	token := maps.Clone(claims)
	maps.Copy(token, differs)
	keys := map[string]string{}
	for claim, value := range token {
		keys[issuer+":"+claim] = value
	}
	role := &evaluation.Role{ARN: s.place(s.Home).IAM("role/" + s.entryName(environment)), Trust: s.entryTrust(environment).JSON()}
	return evaluation.TrustsToken(role, s.place(s.Home).IAM("oidc-provider/"+issuer), keys).Cause == evaluation.None
}

// A token of GitHub names the repository and the environment of the job. Only the environment's own jobs take its role.
func TestOnlyTheJobsOfAnEnvironmentTakeItsRole(t *testing.T) {
	s := settings(t)
	if !takes(s, "preview", nil) {
		t.Error("a job of the environment may not take its role")
	}
	for _, differs := range []map[string]string{
		{"sub": "repo:acme/mesh:environment:production"},
		{"sub": "repo:acme/mesh:environment:preview-2"},
		{"sub": "repo:acme/mesh:pull_request"},
		{"sub": "repo:acme/mesh:ref:refs/heads/main"},
		{"sub": "repo:somebody/mesh:environment:preview"},
		{"sub": "repo:acme@123456/mesh@456789:environment:preview"},
		{"aud": "another"},
	} {
		if takes(s, "preview", differs) {
			t.Errorf("a job with %v takes the role", differs)
		}
	}
	if trust := s.entryTrust("preview").JSON(); strings.ContainsAny(trust, "*?") {
		t.Errorf("the trust has a wildcard: %s", trust)
	}
}

// A repository that was made, renamed or transferred since 2026-07-15 has tokens whose subject has numbers beside the names. A repository that
// somebody else makes under the name later has other numbers.
func TestTheSubjectHasTheNumbersOfANewRepository(t *testing.T) {
	s, err := read(valid(map[string]string{"ownerId": "123456", "repositoryId": "456789"}))
	if err != nil {
		t.Fatal(err)
	}
	for subject, want := range map[string]bool{
		"repo:acme@123456/mesh@456789:environment:preview": true,
		"repo:acme/mesh:environment:preview":               false,
		"repo:acme@123456/mesh@456780:environment:preview": false,
		"repo:acme@123450/mesh@456789:environment:preview": false,
	} {
		if got := takes(s, "preview", map[string]string{"sub": subject}); got != want {
			t.Errorf("a job of %s takes the role: %v", subject, got)
		}
	}
}

// Whoever may push a branch can write a workflow there that names an environment, also one that nobody has made with rules yet.
func TestOnlyPullRequestsTakeARoleWithoutTheProtectedBranch(t *testing.T) {
	onMain := map[string]string{"ref": "refs/heads/main"}
	for _, environment := range []string{"production", "verify", "drift"} {
		job := map[string]string{"sub": "repo:acme/mesh:environment:" + environment}
		for ref, want := range map[string]bool{"refs/heads/main": true, "refs/heads/feature": false, "refs/heads/main-2": false, "refs/tags/main": false, "refs/pull/7/merge": false} {
			job["ref"] = ref
			if got := takes(settings(t), environment, job); got != want {
				t.Errorf("a job of %s in the environment %s takes its role: %v", ref, environment, got)
			}
		}
	}
	if !takes(settings(t), "preview", nil) || !takes(settings(t), "preview", onMain) {
		t.Error("a pull request takes no role")
	}
	s, err := read(valid(map[string]string{"branch": "release", "environments": `{"preview":"read","look":"read","production":"deploy"}`, "previews": `["look"]`}))
	if err != nil {
		t.Fatal(err)
	}
	for environment, ref := range map[string]string{"look": "refs/pull/7/merge", "preview": "refs/heads/release", "production": "refs/heads/release"} {
		if !takes(s, environment, map[string]string{"sub": "repo:acme/mesh:environment:" + environment, "ref": ref}) {
			t.Errorf("a job of %s in the environment %s takes no role", ref, environment)
		}
	}
	if takes(s, "preview", nil) {
		t.Error("an environment that is not named in previews takes the role in a pull request")
	}
}

// An older repository keeps the subject of names alone. Its number is a claim of its own, which AWS compares too.
func TestTheNumberOfAnOlderRepositoryIsCompared(t *testing.T) {
	s, err := read(valid(map[string]string{"repositoryId": "456789"}))
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]bool{"456789": true, "456780": false, "": false} {
		if got := takes(s, "preview", map[string]string{"repository_id": number}); got != want {
			t.Errorf("a job of the repository %q takes the role: %v", number, got)
		}
	}
	// GovCloud and China do not know the claims, and would refuse every job.
	s.Region = "us-gov-west-1"
	if trust := s.entryTrust("preview").JSON(); strings.Contains(trust, "repository_id") || strings.Contains(trust, ":ref") {
		t.Errorf("in GovCloud the trust is %s", trust)
	}
}
