package meshservice

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// values are the inputs that other resources may give. The engine hands them over when they are known, but for those that
// only an update knows: then a preview does not know them.
type values struct {
	// all are the inputs together. What depends on them is as secret as they are, and comes after what they come from.
	all   pulumi.ArrayOutput
	known bool
	// image is empty and the maps are nil where nothing is given, or nothing is known.
	image                string
	environment, secrets map[string]string
	// executionRole is the ARN of the team's own role, empty where none is given or it is not known.
	executionRole string
	// policy is that of the task role, empty where none is given or it is not known.
	policy string
}

// await reads the inputs.
func (a *MeshServiceArgs) await(ctx *pulumi.Context) (values, error) {
	image, environment, secrets := a.Image, a.Environment, a.Secrets
	if image == nil {
		image = pulumi.String("")
	}
	if environment == nil {
		environment = pulumi.StringMap{}
	}
	if secrets == nil {
		secrets = pulumi.StringMap{}
	}
	v := values{all: pulumi.All(image.ToStringOutput(), environment.ToStringMapOutput(), secrets.ToStringMapOutput())}
	// Nothing is waited for: the engine calls a component when its inputs are there.
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), v.all)
	if err != nil {
		return v, fmt.Errorf("read image, environment and secrets: %w", err)
	}
	if v.known = result.Known; v.known {
		list := result.Value.([]any)
		v.image, v.environment, v.secrets = list[0].(string), list[1].(map[string]string), list[2].(map[string]string)
	}
	// Role and policy are on their own: the containers do not come after them.
	if v.executionRole, err = known(ctx, a.ExecutionRoleArn); err != nil {
		return v, fmt.Errorf("read executionRoleArn: %w", err)
	}
	if v.policy, err = known(ctx, a.Policy); err != nil {
		return v, fmt.Errorf("read policy: %w", err)
	}
	return v, nil
}

// known is the text of an input, empty where none is given or only an update knows it.
func known(ctx *pulumi.Context, input pulumi.StringInput) (string, error) {
	if input == nil {
		return "", nil
	}
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), input.ToStringOutput())
	if err != nil || !result.Known {
		return "", err
	}
	return result.Value.(string), nil
}

// after is a text with what the values bring along.
func (v values) after(text string) pulumi.StringOutput {
	return v.all.ApplyT(func([]any) string { return text }).(pulumi.StringOutput)
}
