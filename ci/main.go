// The bootstrap program of the workflows: roles in every account of a stack that GitHub Actions or GitLab takes by OpenID Connect.
package main

import (
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	var run pulumi.RunInfo
	capture := func(info *pulumi.RunInfo) { run = *info }
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings, err := read(run.Config)
		if err != nil {
			if ctx.Log.Error(err.Error(), nil) != nil {
				os.Stderr.WriteString(err.Error() + "\n")
			}
			os.Exit(constant.ExitStatusLoggedError)
		}
		return deploy(ctx, settings)
	}, capture)
}
