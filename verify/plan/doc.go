// Package plan says which calls that work now a planned change of policies would stop.
//
// It takes the objects of the cluster as they are, makes the changes that `pulumi preview --json` announces to a copy
// of them, and has istiod, in process, decide every call over both. Nothing of the mesh is changed, and no call is made.
package plan
