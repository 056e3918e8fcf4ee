// Package iam creates the roles of the mesh.
//
// There are four kinds. The istiod role (home account) is handed to istiod by EKS Pod Identity and may
// only assume the discovery roles. A discovery role (every account, home too) may read the account's ECS
// clusters, services and tasks, and only istiod may assume it. An execution role (every account with an
// ECS cluster) starts tasks: it writes their logs and pulls their images. A task role (one for each
// service account of each ECS cluster) is the identity that a task proves to istiod, so two clusters
// never share one: istiod grants a caller every service account that is annotated with its role.
//
// What shows the mesh at work adds roles only where it is switched on: pod roles (home account) for Prometheus, its alerts and
// Fluent Bit, and a scrape role in every account with an ECS cluster, which only Prometheus may assume.
//
// Nothing here waits for anything: every ARN in a document is computed from names. What the documents say
// and why is in package policy.
//
// Roles have fixed names, since other systems hold them: the chart values of istiod, the annotations of
// service accounts, the task definitions of other stacks. They are therefore deleted before they are
// replaced. Each role has one inline policy. The role's ARN and Ready depend on it, so whoever takes one of
// them is created after the policy and deleted before it. An ECS service whose role loses
// its policy first drains for ever.
package iam
