// Package task writes the container definitions of an ECS task that belongs to the mesh.
//
// A task has two containers: the application, and ztunnel beside it. On Fargate nothing can capture a task's traffic,
// so the application itself hands its calls to ztunnel, through the SOCKS5 proxy that EnvAllProxy names. Inbound
// calls reach ztunnel's port only; see package network. The application starts when ztunnel is healthy, and ztunnel
// stops after it.
//
// The text is canonical. Equal tasks give equal bytes, no optional field is null and no list is empty. If AWS
// returned another text than the program wrote, every preview would show a new revision.
package task
