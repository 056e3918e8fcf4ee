package ecs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/problem"
)

// Import takes over a living service.
type Import struct {
	// Pending says that nothing of the service changes yet.
	Pending bool
	// Provider has no default tags. It has the service from the beginning, because a resource does not change its provider in place.
	// Required.
	Provider pulumi.ProviderResource
	// Tags are what a provider would add by itself. Required.
	Tags map[string]string
	// ServiceName is the service's name in ECS. Empty: that of the member.
	ServiceName string
}

// ecsName is the name of the service in ECS.
func (a *ServiceArgs) ecsName() string {
	if a.Import != nil && a.Import.ServiceName != "" {
		return a.Import.ServiceName
	}
	return a.Name
}

// imported is how the service is taken over, nil if the program makes it.
func (d deployment) imported() *Import {
	if d.service.Import == "" {
		return nil
	}
	return &Import{Pending: d.service.Import == config.ImportUnchanged, Provider: d.account.Untagged, Tags: d.cfg.ResourceTags(), ServiceName: d.service.ServiceName}
}

func (i *Import) validate(p *problem.List) {
	switch {
	case i == nil:
	case i.Provider == nil:
		p.Missing("Import.Provider", "another provider would change the service's tags while it is imported")
	case len(i.Tags) == 0:
		p.Missing("Import.Tags", "the service would not say whose it is")
	case i.ServiceName != "" && !ecsName.MatchString(i.ServiceName):
		p.Refuse("Import.ServiceName", i.ServiceName, "ECS takes 1 to 255 letters, digits, - and _")
	}
}

func (i *Import) pending() bool { return i != nil && i.Pending }

func (i *Import) provider(others pulumi.ProviderResource) pulumi.ProviderResource {
	if i == nil {
		return others
	}
	return i.Provider
}

// tags adds those that the service's provider does not add.
func (i *Import) tags(tags pulumi.StringMap) pulumi.StringMap {
	if i != nil {
		for key, value := range i.Tags {
			if _, own := tags[key]; !own {
				tags[key] = pulumi.String(value)
			}
		}
		// While the import is pending the tags stay as they are.
		tags[config.ImportTag] = pulumi.String(string(config.ImportEnrolled))
	}
	return tags
}

// importOptions are the options of a service that is taken over. While the import is pending everything of the service stays as it
// is, and a destroy or a stack file without the service leaves it running.
func (a *ServiceArgs) importOptions(options []pulumi.ResourceOption) []pulumi.ResourceOption {
	if !a.Import.pending() {
		return options
	}
	return append(options, pulumi.Import(pulumi.ID(a.Cluster.Name+"/"+a.ecsName())), pulumi.IgnoreChanges([]string{"*"}), pulumi.RetainOnDelete(true))
}
