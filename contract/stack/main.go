// The stack of a contract: it reads what the platform has published for one cluster, and hands it out as an output of its own. It has no secret
// and nothing of the platform's state, so another team's stack can refer to it.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/contract"
)

func main() {
	var run pulumi.RunInfo
	pulumi.Run(func(ctx *pulumi.Context) error { return deploy(ctx, run) }, func(info *pulumi.RunInfo) { run = *info })
}

// deploy exports the parameters. The engine has refused a configuration without one of the keys of Pulumi.yaml.
func deploy(ctx *pulumi.Context, run pulumi.RunInfo) error {
	set := func(key string) string { return run.Config[run.Project+":"+key] }
	args := &aws.ProviderArgs{
		Region:            pulumi.String(set("region")),
		AllowedAccountIds: pulumi.ToStringArray([]string{set("accountId")}),
	}
	if profile := set("profile"); profile != "" {
		args.Profile = pulumi.String(profile)
	}
	account, err := aws.NewProvider(ctx, "aws", args)
	if err != nil {
		return err
	}
	parameters := map[string]string{}
	read := func(name string) error {
		found, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: name}, pulumi.Provider(account))
		if err != nil {
			return fmt.Errorf("the platform has published no %s in this account: %w", name, err)
		}
		parameters[name] = found.InsecureValue
		return nil
	}
	name := contract.ParameterName(set("install"), set("cluster"))
	if err := read(name); err != nil {
		return err
	}
	mesh, err := contract.Parse(parameters[name])
	if err != nil {
		return err
	}
	for _, identity := range mesh.Identities {
		if err := read(identity.TokenParameter); err != nil {
			return err
		}
	}
	ctx.Export(contract.StackOutput, pulumi.ToStringMap(parameters))
	return nil
}
