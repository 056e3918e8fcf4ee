package iam

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/quota"
)

// maxReplaced is the size up to which the inline policies of a role are replaced. Three must fit side by side: those of the tasks that
// run, those of a deployment that failed, and the first ones again, which somebody puts back.
var maxReplaced = quota.InlinePolicy.Default / 3

// replaced makes a changed inline policy a new one. The engine makes it before a service deploys, and deletes the old one at the end of
// the update. So tasks of the old revision keep their rights while they run, and if the deployment fails, they can start again. Every such
// policy needs a name of its own: PutRolePolicy would write over one of the same name, which the engine would then delete.
func replaced(size int) pulumi.ResourceOption {
	if size > maxReplaced {
		return pulumi.Composite()
	}
	return pulumi.Composite(pulumi.ReplaceOnChanges([]string{"policy"}), pulumi.DeleteBeforeReplace(false))
}

// prefix begins the names of the policies that follow one another. Empty: the engine chooses them.
func prefix(name string) pulumi.StringPtrInput {
	if name == "" {
		return nil
	}
	return component.Optional(name + "-")
}

// warnOfSize says that policies are too large to stand side by side.
func warnOfSize(ctx *pulumi.Context, of pulumi.Resource, role string, size int) error {
	if size <= maxReplaced {
		return nil
	}
	return ctx.Log.Warn(fmt.Sprintf("the inline policies of the role %s have %d characters. Above %d, those of the old and of the new revision do not surely fit into IAM's %d for a role, so a change "+
		"takes the place of the old ones before the service deploys: a task of the old revision may then lack rights. Split the role, such as by executionRoleName, or move statements to permissions.managedPolicies (docs/deploys.md, \"Roles while a service deploys\")", role, size, maxReplaced, quota.InlinePolicy.Default), &pulumi.LogArgs{Resource: of})
}
