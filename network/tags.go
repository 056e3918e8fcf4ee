package network

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// nameTag returns the Name tag, by which people find a resource in the AWS console. Nothing depends on it.
func nameTag(name string) pulumi.StringMap { return pulumi.StringMap{"Name": pulumi.String(name)} }
