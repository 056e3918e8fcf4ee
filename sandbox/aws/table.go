package aws

import (
	"time"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// resourceType is one modelled resource type.
type resourceType struct {
	// token is the Pulumi type, for example "aws:ec2/vpc:Vpc".
	token string
	// service is the AWS SDK's name of the service ("EC2"), noun what the provider calls the resource in errors.
	service, noun string
	// global types belong to an account, not to one of its regions.
	global bool
	// inputs are the properties that a program may set.
	inputs map[string]input
	// validate refuses combinations of inputs that the provider refuses before it calls AWS.
	validate func(in map[string]any) []provider.Failure
	// outputs are the properties that AWS computes, fresh those of them that an update changes.
	outputs, fresh []string
	// replaces names nested inputs whose change needs a new resource.
	replaces func(old, new map[string]any) []string

	// create completes res, whose Props are the inputs: its ID and what AWS computes, or refuses.
	create func(c *call, res *world.Resource) error
	// update brings res, whose Props are still the old ones, to c.in. The session copies the inputs afterwards.
	update func(c *call, res *world.Resource) error
	// remove refuses the deletion or cleans up around it. The session drops res afterwards unless keep is set.
	remove func(c *call, res *world.Resource) error
	// keep says that a resource stays in the world after its deletion, marked by remove; nil: none does.
	keep func(res *world.Resource) bool
	// ready reports whether res is usable after a create or an update, and fails when it never will be.
	ready func(c *call, res *world.Resource) (bool, error)
	// waits says that a create or an update with these inputs waits at all; nil: always.
	waits func(in map[string]any) bool
	// late describes how far res is, for the error when patience ends.
	late func(c *call, res *world.Resource) string

	// find returns the resource that the program knows by id and state; nil: by id.
	find func(c *call, id string, state map[string]any) *world.Resource
	// id is what the program knows the resource by; nil: its ID.
	id func(res *world.Resource) string
	// show changes the state that a read returns; nil: as kept.
	show func(c *call, res *world.Resource, state map[string]any)
}

// input is a property that a program may set.
type input struct {
	// required must be set by the program.
	required bool
	// replace: a change makes a new resource.
	replace bool
	// computed: AWS chooses where the program does not.
	computed bool
	// inner are the fields that AWS fills in inside a block that the program sets.
	inner []string
	// preset is the provider's default.
	preset any
	// auto is the greatest length of a name that the provider makes up, 0 if it does not.
	auto int
	// prefix goes before a name that the provider makes up.
	prefix string
	// check says what is wrong with a known value.
	check func(v any) string
	// same compares two values; nil: by content.
	same func(a, b any) bool
}

func (t *resourceType) tagged() bool { _, ok := t.inputs["tags"]; return ok }

// tags is the input of every taggable type.
var tags = input{same: sameValue}

// call is one operation on the locked world.
type call struct {
	*world.Tx
	*session
	kind *resourceType
	// in are the new inputs of a create or an update.
	in map[string]any
}

// resourceTypes is the table.
func resourceTypes() []*resourceType {
	return []*resourceType{
		vpcType(), subnetType(), internetGatewayType(), eipType(), natGatewayType(),
		routeTableType(), routeType(), routeTableAssociationType(), vpcEndpointType(),
		peeringType(), peeringAccepterType(), peeringOptionsType(),
		securityGroupType(), defaultSecurityGroupType(), ingressRuleType(), egressRuleType(),
		roleType(), rolePolicyType(), rolePolicyAttachmentType(), oidcProviderType(),
		kmsKeyType(), kmsAliasType(), logGroupType(), launchTemplateType(),
		eksClusterType(), eksNodeGroupType(), eksAddonType(), eksPodIdentityType(), eksAccessEntryType(), eksAccessPolicyType(),
		ecsClusterType(), taskDefinitionType(), ecsServiceType(),
		metricAlarmType(), metricFilterType(), queryDefinitionType(), topicType(), subscriptionType(),
	}
}

// Controllers are what AWS does by itself, in the order in which they should run. Every ready is asked whether
// the containers of a task are healthy; with none, they are.
func Controllers(ready ...Readiness) []world.Controller {
	return []world.Controller{elapse, nodeGroups, endClusters, controlPlaneLogs, containerInsights, scheduler(ready)}
}

// after marks a change of state that AWS makes by itself some time later. There is one such mark for a resource.
func (c *call) after(res *world.Resource, wait time.Duration, change map[string]any) {
	setTimer(c.Tx, res, wait, change)
}
