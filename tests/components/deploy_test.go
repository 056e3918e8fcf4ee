package components

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/keys"
	"ambient-ecs/living/compare"
	"ambient-ecs/mesh"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/network"
	"ambient-ecs/network/existing"
	"ambient-ecs/providers"
	"ambient-ecs/tests/recorder"
	"ambient-ecs/tests/stackfile"
)

// devConfig is the configuration of the stack file dev with some keys changed.
func devConfig(t *testing.T, changes map[string]string) config.Config {
	t.Helper()
	raw, err := stackfile.Load("../..", "dev")
	if err != nil {
		t.Fatal(err)
	}
	if changes["clusters"] != "" {
		// The examples of the stack file refer to its own clusters.
		delete(raw, config.Project+":sharedServices")
	}
	for key, value := range changes {
		raw[config.Project+":"+key] = value
	}
	cfg, err := config.StackFile{}.LoadIn("../..", raw)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// zones are those of the accounts, of which AWS offers four each.
func zones(cfg config.Config) map[string][]string {
	offered := map[string][]string{}
	for _, key := range cfg.AccountKeys() {
		offered[key] = []string{"euc1-az4", "euc1-az2", "euc1-az3", "euc1-az1"}
	}
	return compare.World{Zones: offered}.ZonesByAccount(cfg)
}

// deployed records providers, networks and roles of a configuration, and what a body makes of them.
func deployed(t *testing.T, cfg config.Config,
	body func(*pulumi.Context, *providers.Accounts, *network.Networks, *iam.Roles) error,
) *recorder.Recording {
	t.Helper()
	r := recorder.Run(t, recorder.Options{Outputs: computed}, func(ctx *pulumi.Context) error {
		accounts, err := providers.New(ctx, cfg)
		if err != nil {
			return err
		}
		networks, err := network.Deploy(ctx, cfg, accounts, &keys.Keys{}, found(cfg), zones(cfg))
		if err != nil {
			return err
		}
		roles, err := iam.Deploy(ctx, cfg, accounts)
		if err != nil {
			return err
		}
		return body(ctx, accounts, networks, roles)
	})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

// found are networks that exist, with a subnet in each of the first zones.
func found(cfg config.Config) map[string]existing.Network {
	all := map[string]existing.Network{}
	for _, key := range cfg.AccountKeys() {
		if named := cfg.Accounts[key].Network; named != nil {
			one := existing.Network{VPC: &existing.VPC{ID: named.VPCID}, Subnets: map[string]existing.Subnet{}}
			for i, id := range named.PrivateSubnetIDs {
				one.Subnets[id] = existing.Subnet{ID: id, VPC: named.VPCID, ZoneID: fmt.Sprintf("euc1-az%d", i+1)}
			}
			all[key] = one
		}
	}
	return all
}

// standing returns a mesh that exists already.
func standing(ctx *pulumi.Context, cfg config.Config) *mesh.Mesh {
	f := &fixture{ctx: ctx}
	control := &mesh.Mesh{GatewayAddress: settled("gateway.example"), RootCertificate: settled("root"), Ready: there[mesh.Mesh](f),
		Namespaces: map[string]component.After[mesh.Namespace]{}}
	for _, namespace := range cfg.Namespaces() {
		control.Namespaces[namespace.Name] = there[mesh.Namespace](f)
	}
	return control
}

// fleet records what ECS gets for a configuration, with a mesh that exists already.
func fleet(t *testing.T, cfg config.Config) *recorder.Recording {
	t.Helper()
	r := deployed(t, cfg, func(ctx *pulumi.Context, accounts *providers.Accounts, networks *network.Networks, roles *iam.Roles) error {
		control := standing(ctx, cfg)
		_, err := ecs.Deploy(ctx, cfg, accounts, &keys.Keys{}, networks, roles, control, nil)
		return err
	})
	return r
}

// shop is one cluster with one service, in the external account.
func shop(service string) map[string]string {
	return map[string]string{"clusters": `{"shop":{"account":"external","services":{"cart":` + service + `}}}`}
}

func TestAClientOnlyServiceCarriesNoGroupThatLetsAnybodyIn(t *testing.T) {
	r := fleet(t, devConfig(t, nil))
	services := r.OfType(ecsService)
	if len(services) != 6 {
		t.Fatalf("%d services", len(services))
	}
	for _, service := range services {
		groups, _ := at(t, service, "networkConfiguration", "securityGroups").([]any)
		ports := at(t, service, "tags", "ecs.solo.io/ports")
		client := strings.Contains(service.Name, "shell-task")
		for i, group := range groups {
			admits := len(rules(t, r, ingressRule, group.(string))) > 0
			if admits && client {
				t.Errorf("client %s carries %v, which lets somebody in", service.Name, group)
			}
			if want := !client && i == 1; admits != want {
				t.Errorf("%s carries %v", service.Name, groups)
			}
		}
		if want := map[bool]int{true: 1, false: 2}[client]; len(groups) != want || client != (ports == nil) {
			t.Errorf("%s carries %v and declares the ports %v", service.Name, groups, ports)
		}
	}
}

func TestAServiceWithFurtherCallsGetsAGroupOfItsOwn(t *testing.T) {
	r := fleet(t, devConfig(t, shop(`{"image":"example.com/cart:1","port":8080,"egress":[{"description":"orders","cidr":"10.9.0.0/24","port":5432}]}`)))
	service := only(t, r, ecsService)
	groups, _ := at(t, service, "networkConfiguration", "securityGroups").([]any)
	if len(groups) != 3 {
		t.Fatalf("the service carries %v", groups)
	}
	if got := rules(t, r, egressRule, groups[2].(string)); !slices.Equal(got, []string{"tcp 5432 10.9.0.0/24"}) {
		t.Errorf("the service may call %v", got)
	}
	for _, rule := range r.OfType(egressRule) {
		if at(t, rule, "securityGroupId") == groups[2] {
			needs(t, r, service, rule)
		}
	}
}

// credentials returns the secrets for pulling the images of the only task, by container.
func credentials(t *testing.T, r *recorder.Recording) map[string]string {
	t.Helper()
	var containers []struct {
		Name                  string
		RepositoryCredentials struct{ CredentialsParameter string }
	}
	if err := json.Unmarshal([]byte(containersOf(t, r)), &containers); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, container := range containers {
		all[container.Name] = container.RepositoryCredentials.CredentialsParameter
	}
	return all
}

func TestEachContainerIsPulledWithTheCredentialsOfItsRegistry(t *testing.T) {
	const hub, apps = "arn:aws:secretsmanager:eu-central-1:444455556666:secret:hub-AbCdEf", "arn:aws:secretsmanager:eu-central-1:444455556666:secret:apps-GhIjKl"
	for name, c := range map[string]struct{ image, cart, ztunnel string }{
		"another private registry":      {"apps.example:5000/cart:1", apps, hub},
		"the registry of Istio's image": {"registry.example/cart:1", hub, hub},
		"Docker Hub":                    {"cart:1", apps, hub},
		"a public registry":             {"public.ecr.aws/demo/cart:1", "", hub},
	} {
		t.Run(name, func(t *testing.T) {
			changes := shop(`{"image":"` + c.image + `","port":8080}`)
			changes["imageHub"] = "registry.example/istio"
			cfg := devConfig(t, changes)
			account := cfg.Accounts["external"]
			account.RegistrySecrets = map[string]string{"registry.example": hub, "apps.example:5000": apps, "docker.io": apps}
			cfg.Accounts["external"] = account
			r := fleet(t, cfg)
			got := credentials(t, r)
			if got["cart"] != c.cart || got["ztunnel"] != c.ztunnel {
				t.Errorf("credentials are %v", got)
			}
			permissions, _ := at(t, r.Get(t, rolePolicy, "execution-external"), "policy").(string)
			if want := `"Action":"secretsmanager:GetSecretValue","Resource":["` + apps + `","` + hub + `"]`; !strings.Contains(permissions, want) {
				t.Errorf("the execution role may %s, want %s", permissions, want)
			}
		})
	}
}

// token reads the bootstrap token out of the only task definition.
func token(t *testing.T, r *recorder.Recording) bootstrap.Token {
	t.Helper()
	var containers []struct {
		Name        string
		Environment []struct{ Name, Value string }
	}
	if err := json.Unmarshal([]byte(containersOf(t, r)), &containers); err != nil {
		t.Fatal(err)
	}
	decoded, err := bootstrap.Decode(containers[1].Environment[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func TestTheWayToTheMeshIsInTheToken(t *testing.T) {
	accounts := `{"local":{"id":"111122223333","domain":"ecs.local","vpcCidr":"192.168.0.0/16","profile":"l"},` +
		`"external":{"id":"444455556666","domain":"ecs.external","vpcCidr":"10.1.0.0/16","profile":"e","reach":"REACH"}}`
	for reach, remote := range map[string]bool{"gateway": true, "direct": false} {
		changes := shop(`{"image":"example.com/cart:1","port":8080,"serviceAccount":"cart"}`)
		changes["accounts"] = strings.Replace(accounts, "REACH", reach, 1)
		want := bootstrap.Token{
			URL: "https://gateway.example:15012", CACert: "root", Platform: "ecs", Network: "eks",
			Namespace: "ambient-shop", ServiceAccount: "cart", Remote: remote,
		}
		if got := token(t, fleet(t, devConfig(t, changes))); got != want {
			t.Errorf("reach %s: token %+v, want %+v", reach, got, want)
		}
	}
}

func TestLookedUpZonesAreSortedAndKeptAndGivenOnesAreTaken(t *testing.T) {
	for _, given := range []string{"", `["euc1-az2","euc1-az4","euc1-az3"]`} {
		changes := map[string]string{}
		want := []string{"euc1-az1", "euc1-az2", "euc1-az3"}
		if given != "" {
			changes["zoneIds"], want = given, []string{"euc1-az2", "euc1-az4", "euc1-az3"}
		}
		r := deployed(t, devConfig(t, changes), func(*pulumi.Context, *providers.Accounts, *network.Networks, *iam.Roles) error { return nil })
		for _, s := range r.OfType(subnet) {
			says(t, s, want[int(s.Name[len(s.Name)-1]-'1')], "availabilityZoneId")
			if kept := slices.Equal(s.IgnoreChanges, []string{"availabilityZoneId"}); kept != (given == "") {
				t.Errorf("zones %s: subnet %s ignores changes of %v", given, s.Name, s.IgnoreChanges)
			}
		}
	}
}

func TestProtectReachesWhatCannotBeMadeAgain(t *testing.T) {
	for _, protect := range []string{"true", "false"} {
		cfg := devConfig(t, map[string]string{"protect": protect})
		r := deployed(t, cfg, func(ctx *pulumi.Context, accounts *providers.Accounts, networks *network.Networks, roles *iam.Roles) error {
			_, err := eks.Deploy(ctx, cfg, accounts, &keys.Keys{}, networks, roles, eks.Living{})
			return err
		})
		var kinds []string
		for _, res := range slices.Concat(r.Resources, r.Made) {
			if res.Protect {
				kinds = append(kinds, res.Type)
			}
		}
		slices.Sort(kinds)
		var want []string
		if protect == "true" {
			// The account external has one public subnet, local has three.
			want = append(slices.Repeat([]string{subnet}, 10), vpc, vpc, peering, accepter, kmsKey, awsCluster)
			slices.Sort(want)
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("protect %s: protected are %v, want %v", protect, kinds, want)
		}
	}
}

// Prepare runs before the first registration. It reports every reason why there can be no mesh.
func TestAMeshThatCannotBeIsRefusedBeforeAnythingIsRegistered(t *testing.T) {
	cfg := devConfig(t, map[string]string{"gatewayApiSource": t.TempDir()})
	cfg.GatewayAnnotations = map[string]string{"pulumi.com/waitFor": "x"}
	cfg.PilotEnv = map[string]string{"SOLO_LICENSE_KEY": "x"}
	cfg.PolicyStage = "strict"
	_, err := mesh.Prepare(context.Background(), cfg)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{"gatewayApiSource", "has no *.yaml file", "pulumi.com/waitFor", "SOLO_LICENSE_KEY", `"strict"`} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the refusal does not say %q: %v", word, err)
		}
	}
}
