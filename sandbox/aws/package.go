package aws

import (
	"context"
	"time"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// version is the release of the Pulumi AWS provider whose schema the table of types follows.
const version = "6.83.4"

// Speed is how many times faster than AWS the sandbox is.
const Speed = 200

// lasts turns a duration of AWS into one of the sandbox.
func lasts(d time.Duration) time.Duration { return d / Speed }

// awsPackage is the Pulumi package "aws" on one world.
type awsPackage struct {
	world *world.World
	types map[string]*resourceType
	// patience is how long the provider waits for a resource to come or to go, retries how long it tries again
	// when something is in the way of a deletion. Both are the longest of the types': the update of a node group
	// (60 minutes: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_node_group#timeouts).
	patience, retries time.Duration
}

// New returns the package "aws" on a world.
func New(w *world.World) provider.Package {
	p := &awsPackage{world: w, types: map[string]*resourceType{}, patience: lasts(time.Hour), retries: lasts(10 * time.Minute)}
	for _, t := range resourceTypes() {
		for k, def := range t.inputs {
			def.computed = def.computed || def.chosen != nil
			t.inputs[k] = def
		}
		p.types[t.token] = t
	}
	return p
}

// Name returns "aws".
func (p *awsPackage) Name() string { return "aws" }

// Version returns the version that the program's SDK asks for.
func (p *awsPackage) Version() string { return version }

// ReplaceOn is empty: the AWS provider never replaces what it made because its own configuration changed.
func (p *awsPackage) ReplaceOn() (changed, unknown []string) { return nil, nil }

// Open finds the account that the credentials belong to and refuses what the provider refuses.
func (p *awsPackage) Open(_ context.Context, args map[string]any) (provider.Session, error) {
	options, err := parseOptions(args)
	if err != nil {
		return nil, err
	}
	s := &session{awsPackage: p, region: options.region, partition: quota.Partition(options.region), defaultTags: options.defaultTags, sessionName: options.sessionName}
	err = p.world.Look(func(tx *world.Tx) error {
		s.account, s.principal, err = authenticate(tx, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.profile = options.profileToBind()
	return s, nil
}
