// Package eks plays pulumi-eks: it makes the components eks:index:Cluster and eks:index:ManagedNodeGroup out of the
// same resources, with the same names and in the same order as version 3.9.1 does, as far as the sandbox needs it.
//
// It models a cluster without the component's own node group and security groups, with the authentication mode API and
// with pinned add-ons. An argument that is not modelled is refused, never ignored. The components own no state: what
// they register is played by the packages aws and kubernetes.
package eks

import (
	"context"
	"fmt"

	"ambient-ecs/sandbox/provider"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// The components and their parts.
const (
	clusterType          = "eks:index:Cluster"
	managedNodeGroupType = "eks:index:ManagedNodeGroup"
	serviceRoleType      = "eks:index:ServiceRole"
	vpcCNIType           = "eks:index:VpcCniAddon"
)

type plugin struct{}

var _ provider.Constructor = plugin{}

// New returns the package.
func New() provider.Package { return plugin{} }

func (plugin) Name() string                           { return "eks" }
func (plugin) Version() string                        { return "3.9.1" }
func (plugin) ReplaceOn() (changed, unknown []string) { return nil, nil }

// Open refuses all configuration: the provider has no settings.
func (plugin) Open(_ context.Context, args map[string]any) (provider.Session, error) {
	for key := range args {
		return nil, fmt.Errorf("the eks provider has no setting %q", key)
	}
	return session{}, nil
}

// Construct makes one component.
func (plugin) Construct(ctx context.Context, r *pulumirpc.ConstructRequest, engine *grpc.ClientConn) (*pulumirpc.ConstructResponse, error) {
	var build func(*pulumi.Context, string, sdk.ConstructInputs, pulumi.ResourceOption) (pulumi.ComponentResource, error)
	var arguments any
	switch r.Type {
	case clusterType:
		build, arguments = newCluster, clusterArgs{}
	case managedNodeGroupType:
		build, arguments = newManagedNodeGroup, managedNodeGroupArgs{}
	default:
		return nil, fmt.Errorf("the sandbox has no component %s", r.Type)
	}
	if err := refuseUnmodelled(r.Inputs, arguments); err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Type, r.Name, err)
	}
	return sdk.Construct(ctx, r, engine, func(ctx *pulumi.Context, _, name string, inputs sdk.ConstructInputs, options pulumi.ResourceOption) (*sdk.ConstructResult, error) {
		component, err := build(ctx, name, inputs, options)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.Type, r.Name, err)
		}
		return sdk.NewConstructResult(component)
	})
}

// session refuses single resources and functions: pulumi-eks has none that the sandbox models.
type session struct{}

func refused(what string) error { return fmt.Errorf("the sandbox's package eks has no %s", what) }

func (session) Check(_ context.Context, r provider.Resource) (map[string]any, []provider.Failure, error) {
	return nil, nil, refused(r.Token)
}

func (session) Diff(_ context.Context, r provider.Resource) (provider.Changes, error) {
	return provider.Changes{}, refused(r.Token)
}

func (session) Create(_ context.Context, r provider.Resource) (string, map[string]any, error) {
	return "", nil, refused(r.Token)
}

func (session) Update(_ context.Context, r provider.Resource) (map[string]any, error) {
	return nil, refused(r.Token)
}

func (session) Read(_ context.Context, r provider.Resource) (string, map[string]any, map[string]any, error) {
	return "", nil, nil, refused(r.Token)
}

func (session) Delete(_ context.Context, r provider.Resource) error { return refused(r.Token) }

func (session) Invoke(_ context.Context, token string, _ map[string]any) (map[string]any, error) {
	return nil, refused(token)
}
