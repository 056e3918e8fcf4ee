package aws

import "time"

// Latency is how long AWS takes over a resource, from the call to the state that the provider waits for.
type Latency struct{ Create, Delete time.Duration }

// Latencies are medians of public logs of Terraform and Pulumi runs, collected on 2026-11-29, by type. The providers' own
// delays are in them. What is not listed takes about as long as the call.
//
// A service's deletion is the provider's wait for its tasks, which drain until their stop timeout.
var Latencies = map[string]Latency{
	vpcKind:             {Create: 10 * time.Second},
	natGatewayKind:      {Create: 106 * time.Second, Delete: 60 * time.Second},
	peeringAccepterKind: {Create: 5 * time.Second},
	LoadBalancerKind:    {Create: 157 * time.Second, Delete: 35 * time.Second},
	eksClusterKind:      {Create: 10*time.Minute + 6*time.Second, Delete: 3 * time.Minute},
	eksNodeGroupKind:    {Create: 125 * time.Second, Delete: 6*time.Minute + 19*time.Second},
	eksAddonKind:        {Create: 30 * time.Second},
	eksPodIdentityKind:  {Create: 16 * time.Second}, // the call, and 15 seconds for which the program waits (component.Effect)
	ecsClusterKind:      {Create: 11 * time.Second},
	ServiceKind:         {Create: taskProvisions + taskPulls, Delete: taskStops},
}
