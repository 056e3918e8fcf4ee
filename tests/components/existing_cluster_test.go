package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
	"ambient-ecs/tests/recorder"
)

const ecsTag = "aws:ecs/tag:Tag"

const lentARN = "arn:aws:ecs:eu-central-1:444455556666:cluster/Shared-Prod"

func lentCluster(f *fixture) *ecs.ClusterArgs {
	args := validCluster(f)
	args.Name, args.Prefix, args.Existing = "Shared-Prod", "mesh-shop", &ecs.Existing{ARN: lentARN, Install: "mesh"}
	return args
}

func existingCluster(t *testing.T, change func(*ecs.ClusterArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := lentCluster(f)
		if change != nil {
			change(args)
		}
		_, err := ecs.NewCluster(ctx, "shop", args)
		return err
	})
}

func TestAnExistingClusterGetsTwoTagsAndNothingElse(t *testing.T) {
	r := existingCluster(t, nil)
	children(t, r, ecs.ClusterTypeToken, externalProvider)
	for _, kind := range []string{ecsCluster, "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"} {
		if n := len(r.OfType(kind)); n > 0 {
			t.Errorf("%d %s are registered", n, kind)
		}
	}
	install, discovery := r.Get(t, ecsTag, "shop-install"), r.Get(t, ecsTag, "shop-discovery")
	for _, tag := range []struct {
		made       *recorder.Resource
		key, value string
	}{{install, "ambient-ecs-install", "mesh"}, {discovery, "ecs.solo.io/discovery-enabled", "true"}} {
		says(t, tag.made, lentARN, "resourceArn")
		says(t, tag.made, tag.key, "key")
		says(t, tag.made, tag.value, "value")
	}
	// Another install must see who has the cluster before an istiod discovers it.
	needs(t, r, discovery, install)
	says(t, only(t, r, logGroup), "/ecs/mesh-shop", "name")
}

func TestThePartsOfAnExistingClustersServicesKeepThePrefix(t *testing.T) {
	r := existingCluster(t, func(a *ecs.ClusterArgs) { a.Schedules = true })
	says(t, only(t, r, "aws:scheduler/scheduleGroup:ScheduleGroup"), "mesh-shop", "name")
	service := oneService(t, func(a *ecs.ServiceArgs) { a.Cluster.Name, a.Cluster.Prefix = "Shared-Prod", "mesh-shop" })
	says(t, only(t, service, taskDefinition), "mesh-shop-cart", "family")
}

// pending is a service that is taken over and not changed yet.
func pending() *ecs.Import {
	return &ecs.Import{Pending: true, Provider: &pulumi.ProviderResourceState{}, Tags: map[string]string{"ambient-ecs-install": "mesh"}}
}

func TestAServiceThatIsTakenOverStaysAsItIs(t *testing.T) {
	taken := only(t, oneService(t, func(a *ecs.ServiceArgs) {
		a.Cluster.Name, a.Import, a.Scaling = "Shared-Prod", pending(), scales()
	}), ecsService)
	if taken.Import != "Shared-Prod/cart" || !slices.Contains(taken.IgnoreChanges, "*") || !taken.RetainOnDelete {
		t.Errorf("the service is imported as %q, ignores %v, and retain is %v", taken.Import, taken.IgnoreChanges, taken.RetainOnDelete)
	}
	r := oneService(t, func(a *ecs.ServiceArgs) { a.Import, a.Scaling = pending(), scales() })
	if n := len(r.OfType("aws:appautoscaling/target:Target")); n > 0 {
		t.Errorf("%d scalers would change the number of its tasks", n)
	}
	if made := only(t, oneService(t, nil), ecsService); made.Import != "" || made.RetainOnDelete || len(made.IgnoreChanges) > 0 {
		t.Errorf("another service is imported as %q, ignores %v, and retain is %v", made.Import, made.IgnoreChanges, made.RetainOnDelete)
	}
}

// The name in ECS is the service's own. Whatever AWS knows by it follows, and the hostname and the family do not.
func TestAServiceThatIsTakenOverKeepsItsName(t *testing.T) {
	const called = "Shop-CartServiceD69D759B-Zx1"
	named := func(waits bool) *recorder.Recording {
		return oneService(t, func(a *ecs.ServiceArgs) {
			a.Import, a.Scaling = pending(), scales()
			a.Import.Pending, a.Import.ServiceName = waits, called
		})
	}
	if taken := only(t, named(true), ecsService); !strings.HasSuffix(taken.Import, "/"+called) || taken.Inputs["name"] != called {
		t.Errorf("%v is imported as %q", taken.Inputs["name"], taken.Import)
	}
	enrolled := named(false)
	says(t, only(t, enrolled, ecsService), called, "name")
	if scaled, _ := only(t, enrolled, "aws:appautoscaling/target:Target").Inputs["resourceId"].(string); !strings.HasSuffix(scaled, "/"+called) {
		t.Errorf("the scaler has %s", scaled)
	}
	says(t, only(t, enrolled, taskDefinition), only(t, oneService(t, nil), taskDefinition).Inputs["family"].(string), "family")
}

// A destroy stops at the parameter of a service whose tasks are members, before it takes anything from them.
func TestTheParameterOfAServiceThatHasJoinedIsProtected(t *testing.T) {
	for _, joined := range []bool{false, true} {
		r := play(t, func(ctx *pulumi.Context, f *fixture) error {
			args := validOwned(f)
			args.Joined = joined
			_, err := ecs.NewOwnedService(ctx, "cart", args)
			return err
		})
		if got := only(t, r, "aws:ssm/parameter:Parameter").Protect; got != joined {
			t.Errorf("joined %v: protected %v", joined, got)
		}
	}
}
