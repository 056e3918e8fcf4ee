package aws

import (
	"context"
	"fmt"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// Foreign is a resource that somebody other than the program has in an account.
type Foreign struct {
	// Account and Region are where it is, Type its Pulumi type.
	Account string `json:"account"`
	Region  string `json:"region"`
	Type    string `json:"type"`
	// ID is its id. Empty: AWS chooses one.
	ID string `json:"id"`
	// Inputs are its properties, as a program of its owner would set them.
	Inputs map[string]any `json:"inputs"`
}

// AddForeign makes a resource by AWS's own operations, with everything that AWS refuses, as its owner did before the program came.
func AddForeign(ctx context.Context, w *world.World, r Foreign) error {
	p := New(w).(*awsPackage)
	t := p.types[r.Type]
	if t == nil {
		return fmt.Errorf("the sandbox does not model the AWS resource type %s", r.Type)
	}
	if r.ID != "" && t.newID != nil {
		t.newID = func(*world.Tx) string { return r.ID }
	}
	s := &session{awsPackage: p, account: r.Account, region: r.Region, partition: quota.Partition(r.Region)}
	s.principal = fmt.Sprintf("arn:%s:iam::%s:user/network-team", s.partition, s.account)
	made := provider.Resource{Token: r.Type, Name: r.ID, Inputs: r.Inputs, Seed: []byte(r.Type + r.ID)}
	inputs, failures, err := s.Check(ctx, made)
	if err != nil {
		return err
	}
	if len(failures) > 0 {
		return fmt.Errorf("%s %s: %s: %s", r.Type, r.ID, failures[0].Property, failures[0].Reason)
	}
	made.Inputs = inputs
	_, _, err = s.Create(ctx, made)
	return err
}
