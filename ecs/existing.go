package ecs

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/problem"
)

// Existing is an ECS cluster that another team made. The program tags it, and changes and deletes nothing else of it.
type Existing struct {
	// ARN is the cluster's. Required.
	ARN string
	// Install is the name of the install, the value of the tag by which another install knows that the cluster is taken. Required.
	Install string
}

// existing is the cluster of another team that the configuration names, nil if it names none.
func existing(cfg config.Config, key string) *Existing {
	if cfg.Clusters[key].Existing == "" {
		return nil
	}
	return &Existing{ARN: cfg.ECSClusterARN(key), Install: cfg.Install}
}

func (e *Existing) validate(p *problem.List, a *ClusterArgs) {
	if !strings.HasPrefix(e.ARN, "arn:") || !strings.HasSuffix(e.ARN, ":cluster/"+a.Name) {
		p.Refuse("Existing.ARN", e.ARN, "it is not the ARN of the cluster %s", a.Name)
	}
	if e.Install == "" {
		p.Missing("Existing.Install", "another install would not know that the cluster is taken")
	}
	if a.Exec != (Exec{}) {
		p.Add("Exec", problem.IsSet, "the settings of an existing cluster are its owner's")
	}
}

// join tags the cluster for the install, and then for discovery. What runs on the cluster waits for the tags. A destroy removes
// them after the services. The provider's default tags do not get to a resource that it does not own.
//
// The capacity providers are the owner's. ECS refuses a service whose strategy names one that the cluster does not have.
func (c *Cluster) join(ctx *pulumi.Context, name string, args *ClusterArgs, before ...pulumi.Resource) error {
	tag := func(name, key, value string, needs ...pulumi.Resource) (*ecs.Tag, error) {
		made, err := ecs.NewTag(ctx, name, &ecs.TagArgs{
			ResourceArn: pulumi.String(args.Existing.ARN), Key: pulumi.String(key), Value: pulumi.String(value),
		}, component.Child(c, args.Provider, pulumi.DependsOn(needs), component.DependsOn(args.Guests...), pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return nil, fmt.Errorf("tag the cluster %s with %s: %w", args.Name, key, err)
		}
		return made, nil
	}
	install, err := tag(name+"-install", config.InstallTag, args.Existing.Install, before...)
	if err != nil {
		return err
	}
	last := install
	if !args.Undiscovered {
		if last, err = tag(name+"-discovery", TagDiscovery, "true", install); err != nil {
			return err
		}
	}
	c.ARN = last.ResourceArn
	c.Providers, c.capacity = args.CapacityProviders, component.Made[Cluster](last)
	return nil
}
