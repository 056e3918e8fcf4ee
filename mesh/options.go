package mesh

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// behind makes a resource wait for others of its own component.
func behind(resources ...pulumi.Resource) pulumi.ResourceOption { return pulumi.DependsOn(resources) }

// minutes is a time-out of creation and update, and one of deletion.
func minutes(update, remove string) pulumi.ResourceOption {
	return pulumi.Timeouts(&pulumi.CustomTimeouts{Create: update, Update: update, Delete: remove})
}
