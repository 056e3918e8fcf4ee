// The policy pack: it asks each control that one resource decides, before Pulumi makes or changes the resource. The engine starts
// it for `pulumi preview --policy-pack controls/pack`. Controls that need several resources are `ambient check`'s: stack policies
// do nothing in the Go SDK yet (policyx/server.go, AnalyzeStack, pulumi/sdk v3.250.0).
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"ambient-ecs/controls"
)

// The name and the version are those of PulumiPolicy.yaml.
const name = "ambient-ecs-controls"

var version = semver.MustParse("1.0.0")

func main() {
	if err := policyx.Main(pack); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pack(*pulumi.Context) (policyx.PolicyPack, error) {
	var all []policyx.Policy
	for _, control := range controls.Decided() {
		if control.Each != nil {
			all = append(all, policy(control))
		}
	}
	return policyx.NewPolicyPack(name, version, policyx.EnforcementLevelAdvisory, all)
}

// policy is a control as a policy. What the control cannot decide yet passes: the engine asks again in the update, when the inputs
// are known.
func policy(control controls.Control) policyx.Policy {
	level := policyx.EnforcementLevelAdvisory
	if control.Mandatory {
		level = policyx.EnforcementLevelMandatory
	}
	return policyx.NewResourceValidationPolicy(control.Name, policyx.ResourceValidationPolicyArgs{
		Description:      fmt.Sprintf("%s: %s.", control.ID, control.Text),
		EnforcementLevel: level,
		ValidateResource: func(_ context.Context, args policyx.ResourceValidationArgs) error {
			resource := controls.Resource{Type: args.Resource.Type, Name: args.Resource.Name, Inputs: controls.Of(fields(args.Resource.Properties))}
			if verdict, judged := control.Judge(resource); judged && verdict == controls.Broken {
				args.Manager.ReportViolation(fmt.Sprintf("%s breaks it. To keep it, %s.", resource.Name, control.Fix), args.Resource.URN)
			}
			return nil
		},
	})
}

// fields are a resource's properties as the controls read them.
func fields(properties property.Map) map[string]any {
	all := map[string]any{}
	for key, value := range properties.All {
		all[key] = plain(value)
	}
	return all
}

// plain is a property as a plain value. The pack sees what a secret holds, and prints no value.
func plain(value property.Value) any {
	switch {
	case value.IsComputed():
		return controls.Unknown{}
	case value.IsBool():
		return value.AsBool()
	case value.IsNumber():
		return value.AsNumber()
	case value.IsString():
		return value.AsString()
	case value.IsArray():
		all := []any{}
		for _, element := range value.AsArray().All {
			all = append(all, plain(element))
		}
		return all
	case value.IsMap():
		return fields(value.AsMap())
	}
	return nil
}
