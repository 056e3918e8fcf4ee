package observability

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// child returns the options of a component's child: a fresh slice for each, because appending to a shared one
// would change the options of its siblings.
func child(parent pulumi.Resource, provider pulumi.ProviderResource, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(parent), pulumi.Provider(provider)}, more...)
}

// after is an explicit edge where no value flows.
func after(resources []pulumi.Resource) pulumi.ResourceOption { return pulumi.DependsOn(resources) }
