// Package api plays the Kubernetes API server of one EKS cluster, on the objects that the world keeps for it.
//
// It does what an API server decides by itself: which kinds exist, that a namespace must exist before its
// objects, server-side apply with field owners, the schemas of built-in kinds and of custom resource definitions
// (with their CEL rules), immutable fields, finalizers, owner references, and the deletion of a namespace in
// steps. Kubernetes' own libraries decide where they can: apimachinery merges objects and validates names, and
// apiextensions-apiserver validates custom resources.
//
// Two callers write. Apply is for clients: everything is checked. Write is for the sandbox's own controllers. It
// checks no schema and only keeps the bookkeeping (uid, resourceVersion, generation).
//
// Objects that are returned by Get, List and Each belong to the world: read them, and Copy before changing.
package api
