package doctor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/doctor/network"
)

func TestHealthyMeshHasNoFindings(t *testing.T) {
	if found := examine(t, healthy()); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
}

// lacks removes one piece from a healthy mesh, and holds the one finding that must result.
type lacks struct {
	ingredient, subject string
	// pairs is how many pairs are affected; 0: a latent finding.
	pairs int
	take  func(f *facts)
}

// A mesh of two clusters has 13 pairs: each shell calls three servers, each echo the two others. One is inside EKS.
func TestEachMissingPieceIsNamedAlone(t *testing.T) {
	for _, c := range slices.Concat(controlPlane, services, networks, workloads, latents) {
		t.Run(c.ingredient+" "+c.subject, func(t *testing.T) {
			f := healthy()
			c.take(f)
			c.alone(t, f)
		})
	}
}

func (c lacks) alone(t *testing.T, f *facts) {
	t.Helper()
	found := examine(t, f)
	if len(found) != 1 {
		t.Fatalf("want one finding, got %v", found)
	}
	one := found[0]
	if one.Ingredient != c.ingredient || !strings.Contains(one.Subject, c.subject) {
		t.Errorf("got %s of %q: %s", one.Ingredient, one.Subject, one.Sentence)
	}
	if one.Latent != (c.pairs == 0) || c.pairs > 0 && len(one.Affects) != c.pairs {
		t.Errorf("latent %v, affects %d: %q", one.Latent, len(one.Affects), one.Affects)
	}
	if one.Sentence == "" || one.Fix == "" || strings.HasSuffix(one.Sentence, ".") {
		t.Errorf("not one sentence with its fix: %+v", one)
	}
	// What somebody deleted or changed by hand is still in Pulumi's state, so a plain up makes nothing anew.
	if strings.Contains(one.Fix, "`pulumi up`") && !slices.Contains(byAnEdit, one.Ingredient) {
		t.Errorf("the fix does not begin with a refresh: %+v", one)
	}
}

// byAnEdit are the ingredients that an edit brings back, or what Pulumi reads at each up.
var byAnEdit = []string{"ip-autoallocate", "licence", "gateway-address", "ingress-address", "deployment-rolled-back"}

func TestWhatIstiodNeedsToFindThingsIsLatentUntilItsEntriesAreMissing(t *testing.T) {
	for _, c := range discoveries {
		t.Run(c.ingredient+" "+c.subject, func(t *testing.T) {
			f := healthy()
			c.take(f)
			latent := c.lacks
			latent.pairs = 0
			latent.alone(t, f)

			f = healthy()
			c.take(f)
			f.kubernetes.Entries = slices.DeleteFunc(f.kubernetes.Entries, func(e Entry) bool { return strings.Contains(e.Name, c.gone) })
			c.alone(t, f)
		})
	}
}

func TestEveryIngredientIsKnownAndTested(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range slices.Concat(controlPlane, services, networks, workloads, latents) {
		tested[c.ingredient] = true
	}
	for _, c := range discoveries {
		tested[c.ingredient] = true
	}
	for _, c := range declarations {
		tested[c.ingredient] = true
	}
	for _, c := range entrances {
		tested[c.ingredient] = true
	}
	for _, c := range watchings {
		tested[c.ingredient] = true
	}
	for _, c := range standalones {
		tested[c.ingredient] = true
	}
	for _, c := range slices.Concat(runnings, lastings, givens) {
		tested[c.ingredient] = true
	}
	delete(tested, "")                                                                           // of what is right
	tested["certificate"] = true                                                                 // shared_test.go
	tested["service-connect"], tested["service-shut"], tested["service-open"] = true, true, true // openings_test.go
	tested["import-unchanged"] = true                                                            // imported_test.go
	tested["enrol-stamp"] = true                                                                 // stamp_test.go
	tested["gateway-zone"] = true                                                                // calling_test.go
	tested["gateway-endpoint"] = true                                                            // calling_test.go
	tested["past-ztunnel"], tested["calls-nobody"] = true, true                                  // calls_test.go
	known := map[string]bool{}
	for _, i := range Ingredients {
		if known[i[0]] {
			t.Errorf("%s is listed twice", i[0])
		}
		known[i[0]] = true
		if !tested[i[0]] {
			t.Errorf("%s has no test", i[0])
		}
	}
	for name := range tested {
		if !known[name] {
			t.Errorf("%s is not in Ingredients", name)
		}
	}
}

// The first missing piece hides its consequences, and nothing else.
func TestTwoMissingPiecesOnDifferentWaysAreBothNamed(t *testing.T) {
	f := healthy()
	f.ecs.Clusters[0].Tags = nil
	f.kubernetes.Entries = slices.DeleteFunc(f.kubernetes.Entries, func(e Entry) bool { return e.Namespace == "m-ecs-1" })
	f.definition("m-ecs-2-shell:1").Containers[0].Environment = nil
	var got []string
	for _, one := range examine(t, f) {
		got = append(got, one.Ingredient)
	}
	if !slices.Equal(got, []string{"cluster-tag", "all-proxy"}) {
		t.Errorf("got %v", got)
	}
}

func TestTaskThatCannotStartIsExplainedByWhatItNeeds(t *testing.T) {
	f := healthy()
	f.ecs.LogGroups[home] = nil
	f.ecs.Tasks = slices.DeleteFunc(f.ecs.Tasks, func(t Task) bool { return strings.HasSuffix(t.ARN, "ecs-1-echo") })
	found := examine(t, f)
	if len(found) != 1 || found[0].Ingredient != "log-group" || found[0].Latent {
		t.Errorf("got %v", found)
	}
}

func TestUndiscoveredServiceIsExplainedByIstiodsWayOut(t *testing.T) {
	f := healthy()
	f.kubernetes.Entries = slices.DeleteFunc(f.kubernetes.Entries, func(e Entry) bool { return e.Service })
	f.network.Routes = slices.DeleteFunc(f.network.Routes, func(r network.Route) bool { return r.Table == "rtb-public-local" })
	found := examine(t, f)
	if len(found) != 1 || found[0].Ingredient != "nat" || found[0].Latent {
		t.Errorf("got %v", found)
	}
}

func TestStaleIdentityIsSeenByTimeWhereThePodDoesNotTellIt(t *testing.T) {
	f := healthy()
	f.kubernetes.Istiod.Identity = ""
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("an association from before the pod: %v", found)
	}
	f.kubernetes.Associations[0].Changed = f.kubernetes.Istiod.Created.Add(time.Second)
	if found := examine(t, f); len(found) != 1 || found[0].Ingredient != "pod-identity-stale" {
		t.Errorf("an association from after the pod: %v", found)
	}
}

func TestTaskThatIsNotRemoteGoesDirectly(t *testing.T) {
	f := healthy()
	account := f.stack.Accounts["external"]
	account.Reach = "direct"
	f.stack.Accounts["external"] = account
	for _, name := range []string{"m-ecs-2-echo:1", "m-ecs-2-shell:1"} {
		f.definition(name).Containers[1].Environment[bootstrap.Variable] = token(func(b *bootstrap.Token) { b.Remote = false }, "m-ecs-2")
	}
	without(&f.group("sg-server-local").Ingress, "10.1.0.0/16", portHBONE)
	var got []string
	for _, one := range examine(t, f) {
		got = append(got, one.Ingredient+" "+one.Subject)
		got = append(got, one.Affects...)
	}
	want := []string{
		"security-group sg-server-local", "ecs-2/echo → ecs-1/echo", "ecs-2/shell → ecs-1/echo",
		// And nodes admit no HBONE from the other network.
		"security-group sg-nodes", "ecs-2/echo → eks default/eks-echo", "ecs-2/shell → eks default/eks-echo",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestStackThatDeniesEverythingOnPurposeIsHealthy(t *testing.T) {
	f := healthy()
	f.stack.PolicyStage = "deny-all"
	f.kubernetes.Policies = []authz.Policy{{Namespace: "m-ecs-1", Name: "deny-all", Spec: map[string]any{}}}
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
}

func examine(t *testing.T, f *facts) []Finding {
	t.Helper()
	result, err := Run(context.Background(), f, f.stack, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return result.Findings
}
