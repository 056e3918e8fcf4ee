// Package components tests each component by itself: what it registers for its arguments, and what it refuses.
//
// The tests make a component in this process against a recorded engine. This is the only test package that links the
// AWS, EKS and Kubernetes SDKs. They make up the cost of a test binary of this program, so keep it the only one.
package components

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/tests/recorder"
)

// The accounts and the region of all tests here.
const (
	region   = "eu-central-1"
	local    = "111122223333"
	external = "444455556666"
)

// fixture is what a component gets from the rest of the program.
type fixture struct {
	ctx             *pulumi.Context
	promises        int
	local, external *aws.Provider
	kubernetes      *kubernetes.Provider
}

// The names of the fixture's providers.
const (
	localProvider      = "aws-local"
	externalProvider   = "aws-external"
	kubernetesProvider = "cluster"
)

func newFixture(ctx *pulumi.Context) (*fixture, error) {
	f := fixture{ctx: ctx}
	var err error
	if f.local, err = aws.NewProvider(ctx, localProvider, &aws.ProviderArgs{Region: pulumi.String(region)}); err != nil {
		return nil, err
	}
	if f.external, err = aws.NewProvider(ctx, externalProvider, &aws.ProviderArgs{Region: pulumi.String(region)}); err != nil {
		return nil, err
	}
	f.kubernetes, err = kubernetes.NewProvider(ctx, kubernetesProvider, &kubernetes.ProviderArgs{Kubeconfig: pulumi.String("{}")})
	return &f, err
}

// there returns an After of a T that exists already. Each waits for a resource of its own, of type promiseType.
func there[T any](f *fixture) component.After[T] {
	if f.ctx == nil {
		return component.Made[T](f.local)
	}
	var p struct{ pulumi.CustomResourceState }
	f.promises++
	if err := f.ctx.RegisterResource(promiseType, fmt.Sprintf("%s-%d", reflect.TypeFor[T](), f.promises), pulumi.Map{}, &p); err != nil {
		panic(err)
	}
	return component.Made[T](&p)
}

const promiseType = "test:index:Promise"

// play records a body in which every resource gets the outputs that AWS and Kubernetes would give it.
func play(t *testing.T, body func(*pulumi.Context, *fixture) error, changes ...func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	o := recorder.Options{Outputs: computed}
	for _, change := range changes {
		change(&o)
	}
	return recorder.Run(t, o, func(ctx *pulumi.Context) error {
		f, err := newFixture(ctx)
		if err != nil {
			return err
		}
		return body(ctx, f)
	})
}

// made is play for a body that must succeed.
func made(t *testing.T, body func(*pulumi.Context, *fixture) error, changes ...func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	r := play(t, body, changes...)
	if r.Err != nil {
		t.Fatalf("refused: %v", r.Err)
	}
	return r
}

// preview makes every output unknown, as in a first preview.
func preview(o *recorder.Options) { o.Preview = true }

// answering gives the resources of one type other outputs.
func answering(typ string, outputs map[string]any) func(*recorder.Options) {
	return func(o *recorder.Options) {
		usual := o.Outputs
		o.Outputs = func(t, name string, inputs map[string]any) map[string]any {
			all := map[string]any{}
			maps.Copy(all, usual(t, name, inputs))
			if t == typ {
				maps.Copy(all, outputs)
			}
			return all
		}
	}
}

// computed are the outputs that a resource has beside its inputs.
func computed(typ, name string, inputs map[string]any) map[string]any {
	switch typ {
	case role:
		return map[string]any{"arn": fmt.Sprintf("arn:aws:iam::%s:role/%v", local, inputs["name"]), "uniqueId": "AROA" + strings.ToUpper(name)}
	case eksComponent:
		return map[string]any{"clusterSecurityGroupId": "sg-cluster", "oidcProviderUrl": "https://oidc.example/id/A",
			"eksCluster": recorder.Reference{Type: "aws:eks/cluster:Cluster", Name: name, State: map[string]any{
				"name": inputs["name"], "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/mesh", "endpoint": "https://cluster.example",
				"certificateAuthority": map[string]any{"data": "Y2VydGlmaWNhdGU="},
			}}}
	case association:
		return map[string]any{"associationId": "a-1"}
	case launchTemplate:
		return map[string]any{"latestVersion": 3}
	case kmsKey:
		return map[string]any{"arn": "arn:aws:kms:eu-central-1:111122223333:key/k", "keyId": "k"}
	case coreService:
		return map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"hostname": "gateway.example"}}}}}
	case endpointService:
		return map[string]any{"serviceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-1"}
	case endpoint:
		return map[string]any{"dnsEntries": []any{map[string]any{"dnsName": "vpce-1.vpce.amazonaws.com", "hostedZoneId": "ZVPCE"}, map[string]any{"dnsName": "vpce-1-a.vpce.amazonaws.com", "hostedZoneId": "ZVPCE"}}}
	case zone:
		return map[string]any{"zoneId": "Z1"}
	case configMap:
		return map[string]any{"data": map[string]any{"root-cert.pem": "root"}}
	case taskDefinition:
		// As in AWS, another text is another revision.
		return map[string]any{"arn": fmt.Sprintf("arn:aws:ecs:task-definition/%v:%x", inputs["family"], fmt.Sprint(inputs["containerDefinitions"]))}
	case ecsCluster:
		return map[string]any{"arn": fmt.Sprintf("arn:aws:ecs:cluster/%v", inputs["name"])}
	}
	return nil
}

const (
	vpc              = "aws:ec2/vpc:Vpc"
	subnet           = "aws:ec2/subnet:Subnet"
	internetGateway  = "aws:ec2/internetGateway:InternetGateway"
	natGateway       = "aws:ec2/natGateway:NatGateway"
	eip              = "aws:ec2/eip:Eip"
	route            = "aws:ec2/route:Route"
	routeTable       = "aws:ec2/routeTable:RouteTable"
	tableAssociation = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	endpoint         = "aws:ec2/vpcEndpoint:VpcEndpoint"
	endpointService  = "aws:ec2/vpcEndpointService:VpcEndpointService"
	servicePrincipal = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
	zone             = "aws:route53/zone:Zone"
	record           = "aws:route53/record:Record"
	flowLog          = "aws:ec2/flowLog:FlowLog"
	defaultGroup     = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	securityGroup    = "aws:ec2/securityGroup:SecurityGroup"
	ingressRule      = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule       = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	peering          = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	accepter         = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
	peeringOptions   = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"
	role             = "aws:iam/role:Role"
	rolePolicy       = "aws:iam/rolePolicy:RolePolicy"
	roleAttachment   = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	logGroup         = "aws:cloudwatch/logGroup:LogGroup"
	kmsKey           = "aws:kms/key:Key"
	launchTemplate   = "aws:ec2/launchTemplate:LaunchTemplate"
	addonResource    = "aws:eks/addon:Addon"
	association      = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	oidcProvider     = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	eksComponent     = "eks:index:Cluster"
	nodeGroup        = "eks:index:ManagedNodeGroup"
	ecsCluster       = "aws:ecs/cluster:Cluster"
	ecsService       = "aws:ecs/service:Service"
	taskDefinition   = "aws:ecs/taskDefinition:TaskDefinition"
	parameter        = "aws:ssm/parameter:Parameter"
	coreNamespace    = "kubernetes:core/v1:Namespace"
	namespacePatch   = "kubernetes:core/v1:NamespacePatch"
	coreSecret       = "kubernetes:core/v1:Secret"
	serviceAccount   = "kubernetes:core/v1:ServiceAccount"
	coreService      = "kubernetes:core/v1:Service"
	configMap        = "kubernetes:core/v1:ConfigMap"
	deployment       = "kubernetes:apps/v1:Deployment"
	helmRelease      = "kubernetes:helm.sh/v3:Release"
	definition       = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
	gatewayClass     = "kubernetes:gateway.networking.k8s.io/v1:GatewayClass"
	gatewayObject    = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
	authorization    = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
)

// own returns the resources that a body registered besides the fixture's.
func own(r *recorder.Recording) []*recorder.Resource {
	given := map[string]string{
		localProvider: "pulumi:providers:aws", externalProvider: "pulumi:providers:aws", kubernetesProvider: "pulumi:providers:kubernetes",
	}
	var all []*recorder.Resource
	for _, res := range r.Resources {
		if res.Type != "pulumi:pulumi:Stack" && res.Type != promiseType && given[res.Name] != res.Type {
			all = append(all, res)
		}
	}
	return all
}

// children checks that every resource of a body is under the component and is made with the provider.
func children(t *testing.T, r *recorder.Recording, componentType, provider string) {
	t.Helper()
	component := only(t, r, componentType)
	count := 0
	for _, res := range own(r) {
		if !res.Custom || strings.HasPrefix(res.Type, "test:") {
			continue
		}
		count++
		if !slices.Contains(r.Ancestors(res), component.URN) {
			t.Errorf("%s %s is not under the component", res.Type, res.Name)
		}
		if res.Provider != provider {
			t.Errorf("%s %s is made with %q, want %q", res.Type, res.Name, res.Provider, provider)
		}
	}
	if count == 0 {
		t.Error("the component has no child")
	}
}

func only(t *testing.T, r *recorder.Recording, typ string) *recorder.Resource {
	t.Helper()
	found := r.OfType(typ)
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s, want one", len(found), typ)
	}
	return found[0]
}

func needs(t *testing.T, r *recorder.Recording, a, b *recorder.Resource) {
	t.Helper()
	if !r.Waits(a, b) {
		t.Errorf("%s %s does not wait for %s %s", a.Type, a.Name, b.Type, b.Name)
	}
}

// probe registers a resource that only waits for others. Its dependencies show what a component lists as ready.
func probe(ctx *pulumi.Context, after ...component.Dependency) error {
	var p struct{ pulumi.ResourceState }
	return ctx.RegisterComponentResource(probeType, "probe", &p, component.DependsOn(after...))
}

const probeType = "test:index:Probe"

// protected returns the protected resources as "type name", including parts of remote components.
func protected(r *recorder.Recording) []string {
	var all []string
	for _, res := range slices.Concat(r.Resources, r.Made) {
		if res.Protect {
			all = append(all, res.Type+" "+res.Name)
		}
	}
	slices.Sort(all)
	return all
}

// at walks an input by keys and indices.
func at(t *testing.T, res *recorder.Resource, path ...any) any {
	t.Helper()
	var value any = res.Inputs
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := value.(map[string]any)
			value = m[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				t.Fatalf("%s %s has no %v: %v", res.Type, res.Name, path, text(t, res.Inputs))
			}
			value = list[step]
		}
	}
	return value
}

// says checks an input.
func says(t *testing.T, res *recorder.Resource, want any, path ...any) {
	t.Helper()
	if got := at(t, res, path...); !reflect.DeepEqual(got, want) {
		t.Errorf("%s %s: %v is %v, want %v", res.Type, res.Name, path, got, want)
	}
}

// differing returns the inputs in which two resources differ, missing inputs included.
func differing(a, b *recorder.Resource) []string {
	keys := map[string]bool{}
	for _, inputs := range []map[string]any{a.Inputs, b.Inputs} {
		for key := range inputs {
			if !reflect.DeepEqual(a.Inputs[key], b.Inputs[key]) {
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// urns are the URNs of a body's resources, sorted.
func urns(r *recorder.Recording) []string {
	var all []string
	for _, res := range own(r) {
		all = append(all, res.URN)
	}
	slices.Sort(all)
	return all
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// settled is a value that was known all along.
func settled(s string) pulumi.StringOutput { return pulumi.String(s).ToStringOutput() }

func several(values ...string) pulumi.StringArrayOutput {
	return pulumi.ToStringArray(values).ToStringArrayOutput()
}
