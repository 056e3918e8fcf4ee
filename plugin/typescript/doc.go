// Package typescript tries the package ambient-ecs in TypeScript: it generates the SDK from the golden schema, as
// `pulumi package add` does, and checks the types of examples/team-ts against it.
package typescript
