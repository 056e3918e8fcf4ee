package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/check"
	"ambient-ecs/verify/preview"
)

// checkFormats are the formats of check.
var checkFormats = []string{"table", "json"}

func checks() *cobra.Command {
	var format string
	var strict bool
	c := &cobra.Command{
		Use:   "check FILE",
		Short: "Ask the controls of AWS and CIS about a stack before it is updated",
		Long: text(`
			check reads what 'pulumi preview --json --show-sames' prints, from a file or with - from standard input, and asks
			each control that resources decide: the controls of the policy pack, and those that need several resources. It
			asks neither AWS nor the mesh. What the preview does not print, because only the update will know it or because
			it is a secret, is undecided.

			The exit code is 1 if a mandatory control is broken. The controls and their levels: docs/policy-pack.md.`),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(checkFormats, format) {
				return fmt.Errorf("output format %q: want one of %v", format, checkFormats)
			}
			printed, err := readPlan(args[0], c.InOrStdin())
			if err != nil {
				return err
			}
			stack, err := preview.Read(printed)
			if err != nil {
				return err
			}
			findings := check.Stack(stack)
			write := check.Table
			if format == "json" {
				write = check.JSON
			}
			if err := write(c.OutOrStdout(), findings); err != nil {
				return err
			}
			if check.Breaks(findings, strict) {
				return exit(1)
			}
			return nil
		},
	}
	c.Flags().StringVarP(&format, "output", "o", checkFormats[0], "`FORMAT`: table or json")
	c.Flags().BoolVar(&strict, "strict", false, "a broken advisory control counts too")
	return c
}
