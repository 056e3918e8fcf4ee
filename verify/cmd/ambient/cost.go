package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ambient-ecs/verify/cost"
	"ambient-ecs/verify/preview"
)

// costFormats are the formats of cost.
var costFormats = []string{"table", "json"}

func costs() *cobra.Command {
	var format, own string
	c := &cobra.Command{
		Use:   "cost FILE",
		Short: "Add up what a stack costs by the hour at list prices",
		Long: text(`
			cost reads what 'pulumi preview --json --show-sames' prints, from a file or with - from standard input, and prints
			what the stack costs after the update: by account, hour and month of 730 hours, at AWS's list prices. It refuses a
			file without the unchanged resources. It asks neither AWS nor the mesh.

			What depends on use is named and not counted: docs/cost.md. With --prices the prices are those of a file of your own.`),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(costFormats, format) {
				return fmt.Errorf("output format %q: want one of %v", format, costFormats)
			}
			printed, err := readPlan(args[0], c.InOrStdin())
			if err != nil {
				return err
			}
			stack, err := preview.Read(printed)
			if err != nil {
				return err
			}
			prices, err := pricesOf(own)
			if err != nil {
				return err
			}
			estimate := cost.Add(stack, prices, time.Now())
			if format == "json" {
				return estimate.JSON(c.OutOrStdout())
			}
			return estimate.Table(c.OutOrStdout())
		},
	}
	c.Flags().StringVarP(&format, "output", "o", costFormats[0], "`FORMAT`: table or json")
	c.Flags().StringVar(&own, "prices", "", "a `FILE` with prices instead of those that are built in, in the form of verify/cost/prices.json")
	return c
}

// pricesOf are the prices of a file, or without one those that are built in.
func pricesOf(file string) (*cost.Prices, error) {
	if file == "" {
		return cost.Listed()
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	prices, err := cost.ReadPrices(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return prices, nil
}
