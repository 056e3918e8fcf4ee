package components

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

func taskGroups(t *testing.T, change func(*network.TaskSecurityGroupsArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validTasks(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewTaskSecurityGroups(ctx, "tasks", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Client.Rules, made.Server.Rules)
	})
}

func egressGroup(t *testing.T, change func(*network.EgressGroupArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validEgress(f)
		if change != nil {
			change(args)
		}
		made, err := network.NewEgressGroup(ctx, "egress", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Group.Rules)
	})
}

// rules are a group's rules as "protocol port network".
func rules(t *testing.T, r *recorder.Recording, typ, group string) []string {
	t.Helper()
	var all []string
	for _, rule := range r.OfType(typ) {
		if at(t, rule, "securityGroupId") != group {
			continue
		}
		says(t, rule, at(t, rule, "fromPort"), "toPort")
		all = append(all, fmt.Sprintf("%v %v %v", at(t, rule, "ipProtocol"), at(t, rule, "fromPort"), at(t, rule, "cidrIpv4")))
	}
	slices.Sort(all)
	return all
}

func TestSecurityGroupsAreMadeInTheirAccount(t *testing.T) {
	children(t, taskGroups(t, nil), network.TaskSecurityGroupsTypeToken, localProvider)
	children(t, egressGroup(t, nil), network.EgressGroupTypeToken, localProvider)
}

func TestAClientReachesTheMeshAndAWSAndIsReachedByNobody(t *testing.T) {
	r := taskGroups(t, nil)
	want := []string{"tcp 15008 10.0.0.0/16", "tcp 15008 10.1.0.0/16", "tcp 15012 10.0.0.0/16", "tcp 443 0.0.0.0/0"}
	if got := rules(t, r, egressRule, "tasks-client-id"); !slices.Equal(got, want) {
		t.Errorf("a client may call %v, want %v", got, want)
	}
	if got := rules(t, r, ingressRule, "tasks-client-id"); len(got) != 0 {
		t.Errorf("a client may be called by %v", got)
	}
}

func TestAServerIsReachedOnTheMeshsPortOnly(t *testing.T) {
	r := taskGroups(t, nil)
	want := []string{"tcp 15008 10.0.0.0/16", "tcp 15008 10.1.0.0/16"}
	if got := rules(t, r, ingressRule, "tasks-server-id"); !slices.Equal(got, want) {
		t.Errorf("a server may be called by %v, want %v", got, want)
	}
	if got := rules(t, r, egressRule, "tasks-server-id"); len(got) != 0 {
		t.Errorf("the server's group lets it call %v, which is the client's to say", got)
	}
}

func TestRulesAreResourcesAndNeverInline(t *testing.T) {
	for _, r := range []*recorder.Recording{taskGroups(t, nil), egressGroup(t, nil)} {
		for _, group := range r.OfType(securityGroup) {
			says(t, group, nil, "ingress")
			says(t, group, nil, "egress")
			// A generated name lets a group be replaced while it is in use.
			says(t, group, nil, "name")
		}
		for _, rule := range slices.Concat(r.OfType(ingressRule), r.OfType(egressRule)) {
			needs(t, r, only(t, r, probeType), rule)
		}
	}
}

func TestAnAccountsNewNetworkChangesItsRulesInPlace(t *testing.T) {
	before := taskGroups(t, nil)
	after := taskGroups(t, func(a *network.TaskSecurityGroupsArgs) { a.Mesh["external"] = []string{"10.7.0.0/16"} })
	if !slices.Equal(urns(before), urns(after)) {
		t.Errorf("other resources:\n%v\n%v", urns(before), urns(after))
	}
	changed := map[string][]string{}
	for _, rule := range slices.Concat(before.OfType(ingressRule), before.OfType(egressRule)) {
		if fields := differing(rule, after.Get(t, rule.Type, rule.Name)); len(fields) > 0 {
			changed[rule.Name] = fields
		}
	}
	only := []string{"cidrIpv4"}
	want := map[string][]string{"tasks-hbone-to-external": only, "tasks-hbone-from-external": only}
	if !maps.EqualFunc(changed, want, slices.Equal[[]string]) {
		t.Errorf("changed %v, want %v", changed, want)
	}
}

func TestAServiceMayCallWhatItsConfigurationNamesAndNothingElse(t *testing.T) {
	r := egressGroup(t, nil)
	want := []string{"tcp 5432 10.9.0.0/24", "udp 123 10.9.1.0/24"}
	if got := rules(t, r, egressRule, "egress-id"); !slices.Equal(got, want) {
		t.Errorf("the service may call %v, want %v", got, want)
	}
	says(t, r.Get(t, egressRule, "egress-tcp-5432-10-9-0-0-24"), "the orders database", "description")
	says(t, r.Get(t, egressRule, "egress-udp-123-10-9-1-0-24"), "udp 123 to 10.9.1.0/24", "description")
	if got := len(r.OfType(ingressRule)); got != 0 {
		t.Errorf("%d rules let somebody in", got)
	}
}

func TestTheOrderOfEgressRulesMeansNothing(t *testing.T) {
	turned := egressGroup(t, func(a *network.EgressGroupArgs) { slices.Reverse(a.Rules) })
	if before := egressGroup(t, nil); !slices.Equal(urns(before), urns(turned)) {
		t.Errorf("other resources:\n%v\n%v", urns(before), urns(turned))
	}
}

// AWS reserves this prefix for the ids of groups, and a group's generated name begins with the component's name.
func TestANameThatAWSKeepsForItselfIsRefused(t *testing.T) {
	refused(t, play(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := network.NewTaskSecurityGroups(ctx, "sg-local", validTasks(f))
		return err
	}), word("sg-local", "begin with sg-"))
	refused(t, play(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := network.NewEgressGroup(ctx, "sg-cart", validEgress(f))
		return err
	}), word("sg-cart", "begin with sg-"))
}

func TestASecondaryNetworkCountsAsItsAccounts(t *testing.T) {
	const secondary = "100.64.0.0/16"
	r := taskGroups(t, func(a *network.TaskSecurityGroupsArgs) {
		a.Mesh["local"] = append(a.Mesh["local"], secondary)
		a.MetricsFrom = a.Mesh["local"]
	})
	if got := rules(t, r, ingressRule, "tasks-server-id"); !slices.Contains(got, "tcp 15008 "+secondary) {
		t.Errorf("a server may be called by %v", got)
	}
	for _, want := range []string{"tcp 15008 " + secondary, "tcp 15012 " + secondary} {
		if got := rules(t, r, egressRule, "tasks-client-id"); !slices.Contains(got, want) {
			t.Errorf("a client may call %v, and not %s", got, want)
		}
	}
	if got := rules(t, r, ingressRule, "tasks-client-id"); !slices.Contains(got, "tcp 15020 "+secondary) {
		t.Errorf("metrics are read from %v", got)
	}
	// The rules of the first network keep their names: a secondary one that comes later replaces nothing.
	for _, res := range taskGroups(t, func(a *network.TaskSecurityGroupsArgs) { a.MetricsFrom = a.Mesh["local"] }).Resources {
		r.Get(t, res.Type, res.Name)
	}
}

// With the ways to AWS's services HTTPS leads nowhere else. The rules have other names than the wide one, so an update makes them before it
// removes that one, and the other way round.
func TestHTTPSLeadsToEndpointsAloneWhereTheyAreTheOnlyWay(t *testing.T) {
	https := func(r *recorder.Recording) (all []string) {
		for _, rule := range r.OfType(egressRule) {
			if at(t, rule, "fromPort") == 443.0 {
				all = append(all, fmt.Sprintf("%s %v %v %v", rule.Name, rule.Inputs["cidrIpv4"], rule.Inputs["referencedSecurityGroupId"], rule.Inputs["prefixListId"]))
				needs(t, r, only(t, r, probeType), rule)
			}
		}
		slices.Sort(all)
		return all
	}
	wide, narrow := taskGroups(t, nil), taskGroups(t, func(a *network.TaskSecurityGroupsArgs) {
		a.Services = &network.ServiceWays{EndpointsID: pulumi.String("sg-endpoints"), S3PrefixListID: pulumi.String("pl-s3")}
	})
	if got := https(wide); !slices.Equal(got, []string{"tasks-https 0.0.0.0/0 <nil> <nil>"}) {
		t.Errorf("by default HTTPS leads to %v", got)
	}
	if got := https(narrow); !slices.Equal(got, []string{"tasks-https-to-endpoints <nil> sg-endpoints <nil>", "tasks-https-to-s3 <nil> <nil> pl-s3"}) {
		t.Errorf("HTTPS leads to %v", got)
	}
	theirs := taskGroups(t, func(a *network.TaskSecurityGroupsArgs) {
		a.Services = &network.ServiceWays{TheirGroupIDs: []string{"sg-a", "sg-b"}, S3PrefixListID: pulumi.String("pl-s3")}
	})
	if got := https(theirs); !slices.Equal(got, []string{"tasks-https-to-endpoints/sg-a <nil> sg-a <nil>", "tasks-https-to-endpoints/sg-b <nil> sg-b <nil>", "tasks-https-to-s3 <nil> <nil> pl-s3"}) {
		t.Errorf("HTTPS to endpoints of others leads to %v", got)
	}
	if a, b := len(wide.OfType(egressRule)), len(narrow.OfType(egressRule)); b != a+1 {
		t.Errorf("%d rules become %d: another way than that of HTTPS changes", a, b)
	}
}
