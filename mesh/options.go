package mesh

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// behind makes a resource wait for others of its own component.
func behind(resources ...pulumi.Resource) pulumi.ResourceOption { return pulumi.DependsOn(resources) }

// waiting says what a gateway waits for and where to look, with its namespace and its name.
func waiting(namespace, name string) string {
	return fmt.Sprintf("Gateway %s/%s is not programmed yet. It waits until istiod has made its Service and its pods, and AWS its load balancer, if it has one. Look at "+
		"`kubectl -n %s describe gateway,service,pods` and at the logs of istiod: `kubectl -n istio-system logs -l app=istiod`", namespace, name, namespace)
}

// minutes is a time-out of creation and update, and one of deletion.
func minutes(update, remove string) pulumi.ResourceOption {
	return pulumi.Timeouts(&pulumi.CustomTimeouts{Create: update, Update: update, Delete: remove})
}
