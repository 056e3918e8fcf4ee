// Package task writes the container definitions of an ECS task that belongs to the mesh.
//
// A task has two containers: the application, and ztunnel beside it. Fargate lets nothing capture a task's
// traffic, so the application hands its calls to ztunnel by itself, through the SOCKS5 proxy that
// EnvAllProxy names. What comes in reaches ztunnel's port only; see package network. The application starts
// when ztunnel is healthy, and ztunnel stops after it.
//
// The text is canonical. Equal tasks give equal bytes, no optional field is null and no list is empty,
// because whatever AWS would read back differently is a new revision in every preview.
package task
