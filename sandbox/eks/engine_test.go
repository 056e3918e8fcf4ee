//go:build engine

package eks_test

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"ambient-ecs/sandbox/eks"
	"ambient-ecs/sandbox/host/hosttest"
	"ambient-ecs/sandbox/provider"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func TestMain(m *testing.M) { hosttest.Main(m, program) }

// program makes a cluster and a node group as a user of pulumi-eks would, without importing its SDK.
func program(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	var aws, plugin pulumi.ProviderResourceState
	if err := ctx.RegisterResource("pulumi:providers:aws", "aws", pulumi.Map{"region": pulumi.String("eu-central-1")}, &aws); err != nil {
		return err
	}
	if err := ctx.RegisterResource("pulumi:providers:eks", "eks", pulumi.Map{}, &plugin, pulumi.Version("3.9.1")); err != nil {
		return err
	}
	var subnet pulumi.CustomResourceState
	if err := ctx.RegisterResource("aws:ec2/subnet:Subnet", "subnet", pulumi.Map{}, &subnet, pulumi.Provider(&aws)); err != nil {
		return err
	}
	arguments := pulumi.Map{
		"name":                      pulumi.String("demo"),
		"version":                   pulumi.String("1.34"),
		"vpcId":                     pulumi.String("vpc-1"),
		"subnetIds":                 pulumi.StringArray{subnet.ID(), pulumi.String("subnet-2")},
		"authenticationMode":        pulumi.String("API"),
		"skipDefaultNodeGroup":      pulumi.Bool(true),
		"skipDefaultSecurityGroups": pulumi.Bool(true),
		"endpointPublicAccess":      pulumi.Bool(false),
		"providerCredentialOpts":    pulumi.Map{"profileName": pulumi.String("home"), "roleArn": pulumi.String("arn:aws:iam::111122223333:role/deployer")},
		"kubeProxyAddonOptions":     pulumi.Map{"version": pulumi.String("v1.34.0-eksbuild.2")},
		"vpcCniOptions":             pulumi.Map{"addonVersion": pulumi.String("v1.20.4-eksbuild.2")},
		"accessEntries": pulumi.Map{"admin": pulumi.Map{
			"principalArn": pulumi.String("arn:aws:iam::111122223333:role/admin"),
			"accessPolicies": pulumi.Map{"admin": pulumi.Map{
				"policyArn":   pulumi.String("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"),
				"accessScope": pulumi.Map{"type": pulumi.String("cluster")},
			}},
		}},
	}
	var extra map[string]any
	settings.TryObject("extra", &extra)
	for key, value := range extra {
		arguments[key] = pulumi.Any(value)
	}
	var cluster struct {
		pulumi.ResourceState
		Core                   pulumi.MapOutput    `pulumi:"core"`
		EKSCluster             pulumi.AnyOutput    `pulumi:"eksCluster"`
		KubeconfigJSON         pulumi.StringOutput `pulumi:"kubeconfigJson"`
		ClusterSecurityGroupID pulumi.StringOutput `pulumi:"clusterSecurityGroupId"`
		OIDCProviderURL        pulumi.StringOutput `pulumi:"oidcProviderUrl"`
		OIDCIssuer             pulumi.StringOutput `pulumi:"oidcIssuer"`
	}
	providers := pulumi.Providers(&aws, &plugin)
	if err := ctx.RegisterRemoteComponentResource("eks:index:Cluster", "c", arguments, &cluster, providers, pulumi.Version("3.9.1")); err != nil {
		return err
	}
	for _, group := range []struct {
		name    string
		cluster pulumi.Input
		extra   pulumi.Map
	}{
		{"by-core", cluster.Core, pulumi.Map{"enableIMDSv2": pulumi.Bool(true), "diskSize": pulumi.Int(50)}},
		{"by-reference", pulumi.NewResourceInput(&cluster), pulumi.Map{"operatingSystem": pulumi.String("AL2023"), "instanceTypes": pulumi.ToStringArray([]string{"m7g.large"})}},
	} {
		arguments := pulumi.Map{"cluster": group.cluster, "nodeRoleArn": pulumi.String("arn:aws:iam::111122223333:role/node")}
		maps.Copy(arguments, group.extra)
		var nodes pulumi.ResourceState
		if err := ctx.RegisterRemoteComponentResource("eks:index:ManagedNodeGroup", group.name, arguments, &nodes, providers, pulumi.Version("3.9.1")); err != nil {
			return err
		}
	}
	ctx.Export("kubeconfig", cluster.KubeconfigJSON)
	ctx.Export("securityGroup", cluster.ClusterSecurityGroupID)
	ctx.Export("url", cluster.OIDCProviderURL)
	ctx.Export("issuer", cluster.OIDCIssuer)
	return nil
}

// echo plays a package whose resources return their inputs, and the outputs that the components read.
type echo struct {
	name, version string
	computed      map[string]map[string]any
	mu            sync.Mutex
	things        map[string]map[string]any
}

func (e *echo) Name() string                           { return e.name }
func (e *echo) Version() string                        { return e.version }
func (e *echo) ReplaceOn() (changed, unknown []string) { return nil, nil }

func (e *echo) Open(context.Context, map[string]any) (provider.Session, error) { return e, nil }

func (e *echo) Check(_ context.Context, r provider.Resource) (map[string]any, []provider.Failure, error) {
	return r.Inputs, nil, nil
}

func (e *echo) Diff(_ context.Context, r provider.Resource) (provider.Changes, error) {
	if reflect.DeepEqual(r.Inputs, r.OldInputs) {
		return provider.Changes{}, nil
	}
	return provider.Changes{Changed: []string{"inputs"}}, nil
}

func (e *echo) Create(_ context.Context, r provider.Resource) (string, map[string]any, error) {
	state := maps.Clone(r.Inputs)
	for key, value := range e.computed[r.Token] {
		if r.Preview {
			value = provider.Unknown
		}
		state[key] = value
	}
	if r.Preview {
		return "", state, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.things[r.Token+" "+r.Name] = r.Inputs
	return r.Name, state, nil
}

func (e *echo) Update(_ context.Context, r provider.Resource) (map[string]any, error) {
	return r.State, nil
}

func (e *echo) Read(_ context.Context, r provider.Resource) (string, map[string]any, map[string]any, error) {
	return r.ID, r.Inputs, r.State, nil
}

func (e *echo) Delete(_ context.Context, r provider.Resource) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.things, r.Token+" "+r.Name)
	return nil
}

func (e *echo) Invoke(context.Context, string, map[string]any) (map[string]any, error) {
	return map[string]any{"partition": "aws"}, nil
}

func newProject(t *testing.T) (*hosttest.Project, map[string]map[string]any) {
	aws := &echo{name: "aws", version: "6.83.4", things: map[string]map[string]any{}, computed: map[string]map[string]any{
		"aws:eks/cluster:Cluster": {
			"arn":                  "arn:aws:eks:eu-central-1:111122223333:cluster/demo",
			"endpoint":             "https://demo.example",
			"certificateAuthority": map[string]any{"data": "Y2E="},
			"vpcConfig":            map[string]any{"clusterSecurityGroupId": "sg-1"},
			"identities":           []any{map[string]any{"oidcs": []any{map[string]any{"issuer": "https://oidc.example/id/1"}}}},
		},
		"aws:iam/role:Role":                     {"arn": "arn:aws:iam::111122223333:role/c", "name": "c-role"},
		"aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 7},
	}}
	return hosttest.New(t, "", aws, &echo{name: "kubernetes", version: "4.33.0"}, eks.New()), aws.things
}

func TestTheComponentsRegisterWhatPulumiEKSDoes(t *testing.T) {
	p, things := newProject(t)
	p.Expect("first preview", p.Changes(), map[string]int{"create": 20})
	p.MustRun("up")
	p.Expect("what exists", slices.Sorted(maps.Keys(things)), []string{
		"aws:ec2/launchTemplate:LaunchTemplate by-core-launchTemplate",
		"aws:ec2/subnet:Subnet subnet",
		"aws:eks/accessEntry:AccessEntry c-admin",
		"aws:eks/accessPolicyAssociation:AccessPolicyAssociation c-admin-admin",
		"aws:eks/addon:Addon c-kube-proxy",
		"aws:eks/addon:Addon c-vpc-cni",
		"aws:eks/cluster:Cluster c-eksCluster",
		"aws:eks/nodeGroup:NodeGroup by-core",
		"aws:eks/nodeGroup:NodeGroup by-reference",
		"aws:iam/role:Role c-eksRole-role",
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment c-eksRole-4b490823",
	})
	cluster := things["aws:eks/cluster:Cluster c-eksCluster"]
	p.Expect("subnets", cluster["vpcConfig"], map[string]any{"subnetIds": []any{"subnet", "subnet-2"}, "endpointPublicAccess": false})
	byCore := things["aws:eks/nodeGroup:NodeGroup by-core"]
	p.Expect("cluster of the first group", byCore["clusterName"], "demo")
	p.Expect("version of the first group", byCore["version"], "1.34")
	p.Expect("subnets of the first group", byCore["subnetIds"], []any{"subnet", "subnet-2"})
	p.Expect("template of the first group", byCore["launchTemplate"], map[string]any{"id": "by-core-launchTemplate", "version": "7"})
	p.Expect("disk of the first group", byCore["diskSize"], nil)
	byReference := things["aws:eks/nodeGroup:NodeGroup by-reference"]
	p.Expect("cluster of the second group", byReference["clusterName"], "demo")
	p.Expect("image of the second group", byReference["amiType"], "AL2023_ARM_64_STANDARD")
	p.Expect("size of the second group", byReference["scalingConfig"], map[string]any{"desiredSize": float64(2), "minSize": float64(1), "maxSize": float64(2)})

	p.Expect("second preview", p.Changes(), map[string]int{"same": 20})
	p.MustRun("refresh", "--expect-no-changes")
	var outputs map[string]string
	if err := json.Unmarshal([]byte(p.MustRun("stack", "output", "--json")), &outputs); err != nil {
		t.Fatal(err)
	}
	p.Expect("security group", outputs["securityGroup"], "sg-1")
	p.Expect("issuer", []string{outputs["url"], outputs["issuer"]}, []string{"https://oidc.example/id/1", "oidc.example/id/1"})
	if k := outputs["kubeconfig"]; !strings.Contains(k, `"--role","arn:aws:iam::111122223333:role/deployer"`) || strings.Contains(k, "--profile") {
		t.Errorf("the kubeconfig has the role and leaves out the profile: %s", k)
	}
	p.MustRun("destroy")
	p.Expect("what is left", len(things), 0)
}

func TestSubnetsMayBeGivenByKind(t *testing.T) {
	p, things := newProject(t)
	p.Stack("extra: {subnetIds: null, publicSubnetIds: [a], privateSubnetIds: [b, c]}")
	p.MustRun("up")
	cluster := things["aws:eks/cluster:Cluster c-eksCluster"]
	p.Expect("subnets", cluster["vpcConfig"], map[string]any{"subnetIds": []any{"a", "b", "c"}, "endpointPublicAccess": false})
}

func TestRefusedArguments(t *testing.T) {
	for _, refusal := range []struct{ extra, why string }{
		{`{fargate: true}`, "argument fargate is not modelled"},
		{`{vpcCniOptions: {addonVersion: v1, speed: 3}}`, "argument vpcCniOptions.speed is not modelled"},
		{`{accessEntries: {a: {principalArn: b, kind: c}}}`, "argument accessEntries.a.kind is not modelled"},
		{`{skipDefaultNodeGroup: false}`, "default node group is not modelled"},
		{`{skipDefaultSecurityGroups: false}`, "default security groups are not modelled"},
		{`{createOidcProvider: true}`, "createOidcProvider connects to the issuer"},
		{`{authenticationMode: CONFIG_MAP}`, "authenticationMode"},
		{`{publicAccessCidrs: [10.0.0.0/8]}`, "publicAccessCidrs"},
		{`{privateSubnetIds: [a]}`, "mutually exclusive"},
		{`{kubeProxyAddonOptions: {enabled: true}}`, "kubeProxyAddonOptions.version is needed"},
		{`{vpcCniOptions: {}}`, "vpcCniOptions.addonVersion is needed"},
		{`{corednsAddonOptions: {version: v1}}`, "corednsAddonOptions needs"},
	} {
		t.Run(refusal.why, func(t *testing.T) {
			p, things := newProject(t)
			p.Stack("extra: " + refusal.extra)
			p.MustFail(refusal.why, "preview")
			p.Expect("what exists", len(things), 0)
		})
	}
}
