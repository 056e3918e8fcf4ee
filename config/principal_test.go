package config

import (
	"math/rand/v2"
	"strings"
	"testing"
)

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
