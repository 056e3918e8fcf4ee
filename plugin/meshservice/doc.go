// Package meshservice is the component MeshService: an ECS service in a cluster of the platform's mesh.
//
// The component reads the platform's contract, and makes the service with the platform's own components. It makes nothing of
// the mesh: network, cluster, roles and identities are the platform's, and stay when the service goes.
//
// What does not depend on other resources is plain, so that every problem of it is found in the preview, before anything is
// registered. What other resources may give are inputs: the image, variables, secrets, a role and a policy.
package meshservice
