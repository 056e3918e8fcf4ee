package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/iam/policy"
	"ambient-ecs/tests/recorder"
)

const homeID, otherID = "111122223333", "444455556666"

// valid is a right configuration.
func valid(change map[string]string) map[string]string {
	raw := map[string]string{
		"ambient-ecs-ci:repository":   "acme/mesh",
		"ambient-ecs-ci:region":       "eu-central-1",
		"ambient-ecs-ci:home":         "local",
		"ambient-ecs-ci:accounts":     `{"local":{"id":"` + homeID + `"},"external":{"id":"` + otherID + `","profile":"me-external"}}`,
		"ambient-ecs-ci:environments": `{"preview":"read","drift":"read","production":"deploy","verify":"verify"}`,
	}
	for key, value := range change {
		raw["ambient-ecs-ci:"+key] = value
	}
	return raw
}

func settings(t *testing.T) Settings {
	t.Helper()
	s, err := read(valid(nil))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	_, err := read(valid(map[string]string{
		"repository": "acme/*", "region": "europe", "home": "nowhere", "accounts": `{"local":{"id":"12"}}`, "nonsense": "1",
		"environments": `{"*":"read","production":"everything"}`, "entryPolicies": `["S3"]`, "installName": "ci-mesh", "identityProvider": "maybe",
	}))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{
		`repository = "acme/*"`, `region = "europe"`, `home = "nowhere"`, `accounts.local.id = "12"`, "nonsense", `environments.* = "*"`, "environments.production", "entryPolicies[0]", `installName = "ci-mesh"`, "identityProvider",
	} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the refusal does not say %q:\n%v", word, err)
		}
	}
}

// IAM would refuse the role in the middle of an update.
func TestNamesThatAreTooLongForIAMAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]string
		words  []string
	}{
		"an environment": {map[string]string{"environments": `{"preview":"read","` + strings.Repeat("e", 49) + `":"deploy"}`}, []string{"environments.eee", "ci-ambient-from-eee", "has 65 characters and may have 64"}},
		"the install": {map[string]string{"installName": strings.Repeat("i", 57)}, []string{
			"environments.preview", "-from-preview has 73", "environments.production", "accounts.external", "-verify has 67", "-deploy has 67", "-read has 65",
		}},
		"a region": {map[string]string{
			"installName": strings.Repeat("i", 40), "accounts": `{"local":{"id":"` + homeID + `"},"other":{"id":"` + homeID + `","region":"ap-southeast-2"}}`,
		}, []string{`accounts.other = "ap-southeast-2"`, "-verify-ap-southeast-2 has 65"}},
	} {
		_, err := read(valid(c.change))
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the refusal does not say %q:\n%v", name, word, err)
			}
		}
	}
	if _, err := read(valid(map[string]string{"environments": `{"preview":"read","` + strings.Repeat("e", 48) + `":"deploy"}`})); err != nil {
		t.Errorf("a name of 64 characters: %v", err)
	}
}

// The longest name of a role leaves room for the names of its policies.
func TestTheNamesOfPoliciesFitIntoIAM(t *testing.T) {
	s := settings(t)
	for _, kind := range kinds {
		for _, part := range s.policies("local", kind) {
			if n := maxRoleName + len("-"+part.name); n > 128 {
				t.Errorf("a policy's name may have %d characters", n)
			}
		}
	}
}

// A token of GitLab names the project and the branch of the job. The audience, which the pipeline file of the branch gives to each job, names the
// environment.
func TestOnlyTheJobsOfAProtectedBranchTakeARole(t *testing.T) {
	s, err := read(valid(map[string]string{"forge": "gitlab", "repository": "acme/platform/mesh"}))
	if err != nil {
		t.Fatal(err)
	}
	const main = "project_path:acme/platform/mesh:ref_type:branch:ref:main"
	for _, c := range []struct {
		subject, audience string
		taken             bool
	}{
		{main, "ambient-ecs-preview", true},
		{main, "ambient-ecs-production", false},
		{main, audience, false},
		{main + "-2", "ambient-ecs-preview", false},
		{"project_path:acme/platform/mesh:ref_type:branch:ref:feature", "ambient-ecs-preview", false},
		{"project_path:acme/platform/mesh:ref_type:tag:ref:main", "ambient-ecs-preview", false},
		{"project_path:somebody/mesh:ref_type:branch:ref:main", "ambient-ecs-preview", false},
	} {
		document := s.entryTrust("preview")
		provider := s.place("local").IAM("oidc-provider/gitlab.com")
		conditions := document.Statements[0].Condition["StringEquals"]
		taken := slices.Equal(document.Statements[0].Principal.Federated, []string{provider}) && len(document.Statements[0].Condition) == 1 &&
			slices.Equal(conditions["gitlab.com:sub"], []string{c.subject}) && slices.Equal(conditions["gitlab.com:aud"], []string{c.audience})
		if taken != c.taken {
			t.Errorf("%s for %s: taken %v", c.subject, c.audience, taken)
		}
		if strings.ContainsAny(document.JSON(), "*?") {
			t.Errorf("the trust has a wildcard: %s", document.JSON())
		}
	}
	r := recorder.Run(t, recorder.Options{}, func(ctx *pulumi.Context) error { return deploy(ctx, s) })
	made := r.OfType("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
	if r.Err != nil || len(made) != 1 || made[0].Inputs["url"] != "https://gitlab.com" || fmt.Sprint(made[0].Inputs["clientIdLists"]) != "[ambient-ecs-drift ambient-ecs-preview ambient-ecs-production ambient-ecs-verify]" {
		t.Errorf("the provider is %v, %v", made, r.Err)
	}
	own, err := read(valid(map[string]string{"forge": "gitlab", "gitlabHost": "git.acme.example", "branch": "release"}))
	if err != nil || !strings.Contains(own.entryTrust("drift").JSON(), `"git.acme.example:sub":"project_path:acme/mesh:ref_type:branch:ref:release"`) {
		t.Errorf("%v: %s", err, own.entryTrust("drift").JSON())
	}
}

func TestRefusedForges(t *testing.T) {
	for word, change := range map[string]map[string]string{
		`forge = "gitea"`:                    {"forge": "gitea"},
		`branch = "feature/*"`:               {"forge": "gitlab", "branch": "feature/*"},
		`gitlabHost = "https://a"`:           {"forge": "gitlab", "gitlabHost": "https://a"},
		`repository = "acme/*"`:              {"forge": "gitlab", "repository": "acme/*"},
		`branch = "feature/?"`:               {"branch": "feature/?"},
		`gitlabHost = "gitlab.com"`:          {"gitlabHost": "gitlab.com"},
		`previews[0] = "look"`:               {"previews": `["look"]`},
		"previews is set":                    {"forge": "gitlab", "previews": `["preview"]`},
		`environments.preview = "deploy"`:    {"environments": `{"preview":"deploy"}`},
		`environments.production = "deploy"`: {"previews": `["production"]`},
		`ownerId = "acme"`:                   {"ownerId": "acme", "repositoryId": "1"},
		`repositoryId = "0"`:                 {"repositoryId": "0"},
		`repositoryId is not set`:            {"ownerId": "123456"},
		`ownerId = "1"`:                      {"forge": "gitlab", "ownerId": "1"},
		`repositoryId = "2"`:                 {"forge": "gitlab", "repositoryId": "2"},
		`acme@1/mesh@2`:                      {"repository": "acme@1/mesh@2"},
	} {
		if _, err := read(valid(change)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// role is an account's role of a kind as IAM has it.
func (s Settings) evaluated(key string, kind Kind) *evaluation.Role {
	r := &evaluation.Role{ARN: s.place(key).IAM("role/" + s.roleName(key, kind)), Policies: map[string]string{}}
	for _, part := range s.policies(key, kind) {
		r.Policies[part.name] = part.document.JSON()
	}
	return r
}

func TestAPreviewReadsAndChangesNothing(t *testing.T) {
	s := settings(t)
	reads := 0
	for key, kind := range map[string]policy.AccountKind{"local": policy.HomeAccount, "external": policy.RemoteAccount} {
		allowed := map[string]bool{}
		for _, part := range s.policies(key, Read) {
			for _, statement := range part.document.Statements {
				for _, action := range statement.Actions {
					allowed[action] = true
				}
			}
		}
		for _, action := range policy.Actions(kind) {
			verb := action[strings.Index(action, ":")+1:]
			want := slices.ContainsFunc([]string{"Describe", "Get", "List", "Search"}, func(prefix string) bool { return strings.HasPrefix(verb, prefix) })
			if allowed[action] != want {
				t.Errorf("%s: %s is allowed: %v", key, action, allowed[action])
			}
			delete(allowed, action)
			if want {
				reads++
			}
		}
		for action := range allowed {
			t.Errorf("%s: %s is more than a deployer has", key, action)
		}
	}
	if reads < 50 {
		t.Errorf("%d reads prove nothing", reads)
	}
	for secret, resource := range map[string]string{
		"secretsmanager:GetSecretValue": s.place("local").ARN("secretsmanager", "secret:ambient-orders-AbCdEf"), "s3:GetObject": "arn:aws:s3:::ambient-logs/object",
		"ssm:GetParameter": s.place("local").ARN("ssm", "parameter/orders/password"), "kms:Decrypt": s.place("local").ARN("kms", "key/12345678-1234-1234-1234-123456789012"),
	} {
		if v := evaluation.Allows(s.evaluated("local", Read), evaluation.Caller{}, secret, resource, nil); v.OK() {
			t.Errorf("a preview may %s on %s", secret, resource)
		}
	}
}

// Whoever may change the roles of the install may not change the roles of CI: a pull request would make itself a deployer.
func TestADeployerCannotChangeTheRolesOfCI(t *testing.T) {
	s := settings(t)
	deployer := s.evaluated("local", Deploy)
	own := s.place("local").IAM("role/ambient-istiod")
	for _, action := range []string{"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"} {
		if v := evaluation.Allows(deployer, evaluation.Caller{}, action, own, nil); !v.OK() {
			t.Errorf("a deployer may not %s %s: %s", action, own, v.Why)
		}
		for _, name := range []string{s.roleName("local", Read), s.roleName("local", Deploy), s.entryName("preview"), s.entryName("production")} {
			if v := evaluation.Allows(deployer, evaluation.Caller{}, action, s.place("local").IAM("role/"+name), nil); v.OK() {
				t.Errorf("a deployer may %s %s", action, name)
			}
		}
	}
}

// To try calls is to run commands in tasks. Neither a preview nor an update may.
func TestOnlyTheJobsThatVerifyRunCommandsInTasks(t *testing.T) {
	s := settings(t)
	task := s.place("external").ARN("ecs", "task/ambient-ecs-3/0123456789abcdef")
	for kind, want := range map[Kind]bool{Read: false, Deploy: false, Verify: true} {
		if v := evaluation.Allows(s.evaluated("external", kind), evaluation.Caller{}, "ecs:ExecuteCommand", task, nil); v.OK() != want {
			t.Errorf("%s may run a command: %v %s", kind, v.OK(), v.Why)
		}
	}
	if v := evaluation.Allows(s.evaluated("external", Verify), evaluation.Caller{}, "ecs:UpdateService", s.place("external").ARN("ecs", "service/ambient-ecs-3/echo"), nil); v.OK() {
		t.Error("a job that verifies may update a service")
	}
	// Where calls went is in the logs of tasks and in flow logs.
	for group, want := range map[string]bool{"/ecs/ambient-ecs-3": true, "/vpc/ambient-external": true, "/vpc/somebody": false} {
		arn := s.place("external").ARN("logs", "log-group:"+group+":log-stream:x")
		if v := evaluation.Allows(s.evaluated("external", Verify), evaluation.Caller{}, "logs:FilterLogEvents", arn, nil); v.OK() != want {
			t.Errorf("a job that verifies reads %s: %v %s", group, v.OK(), v.Why)
		}
	}
}

func TestAnIdentityProviderThatExistsIsLeftAlone(t *testing.T) {
	s := settings(t)
	for provider, want := range map[string]int{"": 1, existingProvider: 0} {
		s.Provider = provider
		r := recorder.Run(t, recorder.Options{}, func(ctx *pulumi.Context) error { return deploy(ctx, s) })
		if made := len(r.OfType("aws:iam/openIdConnectProvider:OpenIdConnectProvider")); r.Err != nil || made != want {
			t.Errorf("identityProvider %q: %d are made, %v", provider, made, r.Err)
		}
	}
}

// IAM allows ten managed policies for a role and 6,144 characters for each.
func TestThePoliciesFitIntoIAM(t *testing.T) {
	s, err := read(valid(map[string]string{"installName": "a-long-name-of-an-install", "accounts": `{"local":{"id":"` + homeID + `","iamPath":"/platform/mesh/",
		"permissionsBoundary":"arn:aws:iam::` + homeID + `:policy/bounds","managedPolicies":["arn:aws:iam::aws:policy/ReadOnlyAccess"],"taskRoles":["arn:aws:iam::` + homeID + `:role/team"],
		"clusters":["arn:aws:ecs:eu-central-1:` + homeID + `:cluster/Apps"],"services":["arn:aws:ecs:eu-central-1:` + homeID + `:service/Apps/orders"],
		"namedClusters":["arn:aws:ecs:eu-central-1:` + homeID + `:cluster/Shop"],"namedRoles":["arn:aws:iam::` + homeID + `:role/platform/mesh/Shop"],
		"teams":true,"existingEks":"prod-eu","nodeSecurityGroupId":"sg-0123456789abcdef0","vpcId":"vpc-0123456789abcdef0","routeTableIds":["rtb-0123456789abcdef0"]},"external":{"id":"` + otherID + `"}}`}))
	if err != nil {
		t.Fatal(err)
	}
	for key := range s.Accounts {
		for _, kind := range s.kinds() {
			statements := 0
			for _, part := range packed(s.policies(key, kind)) {
				if size := part.document.Size(); size > policy.MaxManaged {
					t.Errorf("%s %s %s has %d characters, and IAM allows %d", key, kind, part.name, size, policy.MaxManaged)
				}
				sids := map[string]bool{}
				for _, statement := range part.document.Statements {
					if sids[statement.Sid] {
						t.Errorf("%s %s %s has two statements %s", key, kind, part.name, statement.Sid)
					}
					sids[statement.Sid] = true
				}
				statements += len(part.document.Statements)
			}
			all := 0
			for _, part := range s.policies(key, kind) {
				all += len(part.document.Statements)
			}
			if parts := len(packed(s.policies(key, kind))); parts > 10 || statements != all {
				t.Errorf("%s %s has %d managed policies with %d of %d statements", key, kind, parts, statements, all)
			}
		}
	}
}

func TestEachAccountHasItsRolesAndTheHomeAccountTheEntries(t *testing.T) {
	r := recorder.Run(t, recorder.Options{}, func(ctx *pulumi.Context) error { return deploy(ctx, settings(t)) })
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	roles := map[string]string{}
	for _, res := range r.Resources {
		if res.Type != "aws:iam/role:Role" {
			continue
		}
		roles[res.Provider+" "+fmt.Sprint(res.Inputs["name"])] = fmt.Sprint(res.Inputs["assumeRolePolicy"])
	}
	want := map[string]string{ // the role, and a principal of its trust
		"aws-local ci-ambient-from-preview":    "oidc-provider/" + issuer,
		"aws-local ci-ambient-from-drift":      "environment:drift",
		"aws-local ci-ambient-from-production": "environment:production",
		"aws-local ci-ambient-read":            homeID + ":role/ci-ambient-from-preview",
		"aws-local ci-ambient-deploy":          homeID + ":role/ci-ambient-from-production",
		"aws-local ci-ambient-from-verify":     "environment:verify",
		"aws-local ci-ambient-verify":          homeID + ":role/ci-ambient-from-verify",
		"aws-external ci-ambient-verify":       homeID + ":role/ci-ambient-from-verify",
		"aws-external ci-ambient-read":         homeID + ":role/ci-ambient-from-drift",
		"aws-external ci-ambient-deploy":       homeID + ":role/ci-ambient-from-production",
	}
	for role, principal := range want {
		if !strings.Contains(roles[role], principal) {
			t.Errorf("%s does not trust %s: %q", role, principal, roles[role])
		}
	}
	if len(roles) != len(want) {
		t.Errorf("the roles are %v", roles)
	}
	for role, trust := range roles {
		if strings.HasSuffix(role, "-deploy") && (strings.Contains(trust, "preview") || strings.Contains(trust, "drift")) {
			t.Errorf("%s trusts an environment that may only read: %s", role, trust)
		}
	}
	profiles, err := json.Marshal(r.Outputs["AWS_PROFILES"])
	if err != nil || !strings.Contains(string(profiles), "role_arn = arn:aws:iam::"+otherID+":role/ci-ambient-read") {
		t.Errorf("the profiles are %s: %v", profiles, err)
	}
}
