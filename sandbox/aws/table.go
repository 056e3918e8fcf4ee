package aws

import (
	"slices"
	"time"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// resourceType is one modelled resource type. Most types are data only. Hooks hold the rules that data cannot
// express.
type resourceType struct {
	// token is the Pulumi type, for example "aws:ec2/vpc:Vpc".
	token string
	// service is the AWS SDK's name of the service ("EC2"), noun what the provider calls the resource in errors.
	service, noun string
	// creates, updates and deletes are the operations of AWS's API that refusals name.
	creates, updates, deletes string
	// global types belong to an account, not to one of its regions.
	global bool

	// inputs are the properties that a program may set.
	inputs map[string]input
	// validate refuses combinations of inputs that the provider refuses before it calls AWS.
	validate func(in map[string]any) []provider.Failure
	// replaces names nested inputs whose change needs a new resource.
	replaces func(old, new map[string]any) []string
	// recomputes are the outputs that the provider's plan shows as changed, for changed inputs and all new ones.
	recomputes func(changed []string, in map[string]any) []string
	// outputs are the properties that AWS computes, each with its value. A nil value is set by a hook.
	outputs values
	// fresh are the outputs that an update computes again.
	fresh []string

	// newID makes the id, as EC2 does. Key is the id where it follows from the properties, for example an ARN. Both
	// are empty where the create hook sets the id.
	newID func(tx *world.Tx) string
	key   string
	// known is the id that the program knows, over the properties. It is empty where that is the id itself.
	known string

	// missing is the refusal of a reference to a resource that does not exist. ${id} in it is the referenced id.
	missing refusal
	// taken refuses a second resource with the same key.
	taken refusal
	// quota is how many there may be in an account and region, 0 for any number. Full refuses one more.
	quota int
	full  refusal
	// held refuses a deletion while one of the holders is there. Parts go with the resource.
	holders []link
	held    refusal
	parts   []link
	// life is the course of a resource that AWS does not make and delete at once.
	life *life

	// check refuses inputs that AWS refuses both in a create and in an update.
	check func(c *call, res *world.Resource) error
	// create completes res, whose Props are the inputs, or refuses. Outputs with a value in the table are set afterwards.
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
	// busy says that AWS works on res and will end by itself, well or not: the provider's patience counts from then on. Nil: never.
	busy func(tx *world.Tx, res *world.Resource) bool
	// overdue describes how far res is, for the error when the wait times out.
	overdue func(c *call, res *world.Resource) string

	// find returns the resource that the program knows by id and state; nil: by known.
	find func(c *call, id string, state map[string]any) *world.Resource
	// show changes the state that a read returns; nil: as kept.
	show func(c *call, res *world.Resource, state map[string]any)
}

// input is a property that a program may set.
type input struct {
	// required must be set by the program.
	required bool
	// replace: a change makes a new resource.
	replace bool
	// computed: AWS chooses a value where the program sets none. chosen is that value. Nil means that a hook sets
	// it.
	computed bool
	chosen   any
	// inner are the fields that AWS fills in inside a block that the program sets, each with its value. A nil value
	// is set by a hook.
	inner values
	// preset is the provider's default.
	preset any
	// auto is the greatest length of a name that the provider makes up, 0 if it does not.
	auto int
	// prefix goes before a name that the provider makes up.
	prefix string
	// refers is the type of the resource, or of each resource in a list, that the value must name.
	refers string
	// check says what is wrong with a known value.
	check func(v any) string
	// same compares two values; nil: by content.
	same func(a, b any) bool
}

// values are properties with their values. Texts are templates; see expand.
type values map[string]any

// refusal is AWS's error code and message. The message is a template; see expand.
type refusal struct{ code, message string }

// link leads to the resources of a kind whose property is the id, or the property of, of another resource.
type link struct{ kind, property, of string }

// life is the states of a resource over time.
type life struct {
	// property holds the state. The other texts are its values; failed may be empty.
	property, making, ready, failed, deleting string
	// makes and deletes are AWS's durations. Without makes a controller makes the resource ready.
	makes, deletes time.Duration
	// gone is set at the end for a controller that removes the resource; nil: it is dropped.
	gone map[string]any
}

func (t *resourceType) tagged() bool { _, ok := t.inputs["tags"]; return ok }

// tags is the input of every taggable type.
var tags = input{same: sameValue}

// call is one operation on the locked world.
type call struct {
	*world.Tx
	*session
	kind *resourceType
	// operation is the operation of AWS's API.
	operation string
	// function is the token of the function that asks, empty for a resource.
	function string
	// in are the new inputs of a create or an update.
	in map[string]any
	// state is what the engine knows of the resource before an update.
	state map[string]any
}

// resourceTypes is the table.
func resourceTypes() []*resourceType {
	return []*resourceType{
		vpcType(), associationType(), subnetType(), internetGatewayType(), eipType(), natGatewayType(),
		routeTableType(), routeType(), routeTableAssociationType(), vpcEndpointType(), flowLogType(),
		endpointServiceType(), endpointPrincipalType(), zoneType(), recordType(),
		peeringType(), peeringAccepterType(), peeringOptionsType(), transitType(), transitAttachmentType(), transitAccepterType(), transitPeeringType(), transitPeeringAccepterType(), transitRouteType(),
		organizationType(), shareType(), shareResourceType(), sharePrincipalType(), shareAccepterType(),
		securityGroupType(), defaultSecurityGroupType(), ingressRuleType(), egressRuleType(),
		roleType(), rolePolicyType(), policyType(), rolePolicyAttachmentType(), oidcProviderType(),
		kmsKeyType(), kmsAliasType(), logGroupType(), launchTemplateType(),
		eksClusterType(), eksNodeGroupType(), eksAddonType(), eksPodIdentityType(), eksAccessEntryType(), eksAccessPolicyType(),
		ecsClusterType(), ecsTagType(), clusterProvidersType(), taskDefinitionType(), ecsServiceType(),
		scalableTargetType(), scalingPolicyType(), scheduledActionType(), scheduleGroupType(), scheduleType(),
		metricAlarmType(), metricFilterType(), queryDefinitionType(), topicType(), subscriptionType(), parameterType(),
	}
}

// Types are the tokens of all modelled types, sorted.
func Types() (tokens []string) {
	for _, t := range resourceTypes() {
		tokens = append(tokens, t.token)
	}
	slices.Sort(tokens)
	return tokens
}

// Controllers play the work that AWS does by itself, in the order in which they should run. Every ready is
// called to decide whether the containers of a task are healthy. Without any, they are healthy.
func Controllers(ready ...Readiness) []world.Controller {
	return []world.Controller{elapse, nodeGroups, endClusters, controlPlaneLogs, containerInsights, scheduler(ready)}
}

// after marks a change of state that AWS makes by itself some time later. There is one such mark for a resource.
func (c *call) after(res *world.Resource, wait time.Duration, change map[string]any) {
	setTimer(c.Tx, res, wait, change)
}
