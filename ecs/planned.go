package ecs

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// Planned returns those of the services, as "cluster/service", that a preview plans to create: the id of a service that Pulumi's state has is
// known in a preview. An update creates what the preview planned, so there it returns none.
func (f *Fleet) Planned(ctx *pulumi.Context, services []string) (planned []string) {
	if !ctx.DryRun() {
		return nil
	}
	for _, key := range services {
		cluster, name, _ := strings.Cut(key, "/")
		service := f.Services[cluster][name]
		if service == nil {
			continue
		}
		// A registration that fails ends the program by itself, with its own words.
		id, err := internals.UnsafeAwaitOutput(ctx.Context(), service.ARN)
		if text, _ := id.Value.(string); err == nil && (!id.Known || text == "" || text == plugin.UnknownStringValue) {
			planned = append(planned, key)
		}
	}
	return planned
}
