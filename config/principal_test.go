package config

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Principals are put together from steps, of which some are wrong by themselves and some only where they stand.
func TestPrincipalsAreThoseThatIAMHas(t *testing.T) {
	const sso = "AWSReservedSSO_Admin_0123456789abcdef"
	steps := []string{"team", "ops.x", "", "aws-reserved", "sso.amazonaws.com", "eu-central-1", "aws-service-role", sso, "AWSReservedSSO_Admin", strings.Repeat("n", 64), strings.Repeat("n", 65)}
	legal := map[string]bool{"aws-reserved/sso.amazonaws.com/" + sso: true, "aws-reserved/sso.amazonaws.com/eu-central-1/" + sso: true}
	random := rand.New(rand.NewPCG(3, 1))
	accepted := map[string]bool{}
	paths := []string{"aws-reserved/sso.amazonaws.com/" + sso, "aws-reserved/sso.amazonaws.com/eu-central-1/" + sso, "admin", "team/ops", "team/" + sso}
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
		want = want && len(name) <= 64 && (of[0] != "aws-service-role" || len(of) == 1)
		if strings.HasPrefix(name, "AWSReservedSSO_") || strings.HasPrefix(path, "aws-reserved/") {
			want = legal[path]
		}
		reason := checkPrincipalPath("role", path)
		if want != (reason == "") {
			t.Errorf("role/%s is refused: %q", path, reason)
		}
		accepted[path] = reason == ""
	}
	for path := range legal {
		if !accepted[path] {
			t.Errorf("%s was not tried, or is refused", path)
		}
		if _, err := Load(raw(with(edit{"clusterAdmins", list("arn:aws:iam::111122223333:role/" + path)}))); err != nil {
			t.Error(err)
		}
	}
}
