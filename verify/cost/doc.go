// Package cost adds up what a stack costs by the hour at AWS's list prices, from the output of
// `pulumi preview --json --show-sames`. It reads the resources as they are after the update and asks neither AWS nor the mesh.
// It names what depends on use, and does not count that.
package cost
