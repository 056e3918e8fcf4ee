package config

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestRolesLieUnderThePathAndWithinTheBoundary(t *testing.T) {
	c := mustLoad(t, with())
	if got := c.RoleARN("local", "x"); got != "arn:aws:iam::111122223333:role/x" || c.BoundaryOf("local") != "" || c.IAMPathOrDefault() != "/" {
		t.Errorf("without keys: %s, %q, %q", got, c.BoundaryOf("local"), c.IAMPathOrDefault())
	}
	c = mustLoad(t, with(edit{"iamPath", "/platform/mesh/"}, edit{"permissionsBoundary", "policy/org/developers"},
		edit{"accounts/external/permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"}))
	if got := c.RoleARN("external", c.DiscoveryRoleName("external")); got != "arn:aws:iam::444455556666:role/platform/mesh/ambient-discovery-external" {
		t.Errorf("the role is %s", got)
	}
	for account, want := range map[string]string{"local": "arn:aws:iam::111122223333:policy/org/developers", "external": "arn:aws:iam::aws:policy/PowerUserAccess"} {
		if got := c.BoundaryOf(account); got != want {
			t.Errorf("the boundary of %s is %s, want %s", account, got, want)
		}
	}
}

func TestRefusedPathsAndBoundaries(t *testing.T) {
	const theirs = "arn:aws:iam::111122223333:policy/org/developers"
	run(t, []refusal{
		one("a path without its first slash", "iamPath", "mesh/", `iamPath = "mesh/"`, "begins and ends with /"),
		one("a path without its last slash", "iamPath", "/mesh", "begins and ends with /"),
		one("a path with an empty step", "iamPath", "/mesh//", "no empty step"),
		one("a path that policies would take for a pattern", "iamPath", "/mesh*/", "only letters"),
		one("a path of AWS's own roles", "iamPath", "/aws-service-role/x/", "AWS keeps this path"),
		one("a path of Identity Center", "iamPath", "/aws-reserved/sso/", "AWS keeps this path"),
		one("a path that fills the deployer's policies", "iamPath", "/"+strings.Repeat("x", 128)+"/", "has 130 characters and may have 128"),
		one("a boundary that is no policy", "permissionsBoundary", "developers", `permissionsBoundary = "developers"`, "policy/NAME"),
		one("a boundary that is a role", "permissionsBoundary", "arn:aws:iam::111122223333:role/x", "neither the ARN of a managed policy"),
		one("a boundary with a wildcard", "permissionsBoundary", "policy/org/*", "after policy/"),
		one("a boundary of one account for all", "permissionsBoundary", theirs, "accounts.external is 444455556666", "policy/org/developers", "accounts.external.permissionsBoundary"),
		one("a boundary of another account", "accounts/external/permissionsBoundary", theirs, "accounts.external.permissionsBoundary", "own account only"),
		one("a boundary of another partition", "accounts/local/permissionsBoundary", "arn:aws-cn:iam::aws:policy/PowerUserAccess", "partition aws"),
		one("a boundary of service-linked roles", "permissionsBoundary", "arn:aws:iam::aws:policy/aws-service-role/X", "service-linked roles"),
	})
}

// Principals are put together from steps, of which some are wrong by themselves and some only where they stand.
func TestPrincipalsAreThoseThatIAMHas(t *testing.T) {
	steps := []string{"team", "ops.x", "", "aws-service-role", "eks.amazonaws.com", strings.Repeat("n", 64), strings.Repeat("n", 65)}
	random := rand.New(rand.NewPCG(3, 1))
	paths := []string{"admin", "team/ops", strings.Repeat("p/", 255) + "n", strings.Repeat("p/", 256) + "n"}
	for range 5000 {
		of := make([]string, 1+random.IntN(4))
		for i := range of {
			of[i] = steps[random.IntN(len(steps))]
		}
		paths = append(paths, strings.Join(of, "/"))
	}
	for _, path := range paths {
		of := strings.Split(path, "/")
		name := of[len(of)-1]
		want := true
		for _, step := range of {
			want = want && step != ""
		}
		want = want && len(name) <= 64 && (of[0] != "aws-service-role" || len(of) == 1) && len(path)-len(name) < 512
		reason := checkPrincipalPath("role", path)
		if want != (reason == "") {
			t.Errorf("role/%s is refused: %q", path, reason)
		}
	}
}
