// Package iam creates the roles of the mesh.
//
// There are four kinds of roles. The istiod role (home account) may only assume the discovery roles. EKS Pod Identity
// hands it to istiod. A discovery role (every account, the home account too) may read the account's ECS clusters,
// services and tasks. Only istiod may assume it. An execution role (every account with an ECS cluster) starts tasks:
// it writes their logs and pulls their images. A task role (one for each service account of each ECS cluster) is the
// identity that a task proves to istiod. Two clusters never share one, because istiod grants a caller every service
// account that is annotated with the caller's role.
//
// Observability adds roles only where it is switched on: pod roles (home account) for Prometheus, its alerts and
// Fluent Bit, and a scrape role in every account with an ECS cluster. Only Prometheus may assume a scrape role.
//
// The roles wait for no other part of the program: every ARN in a document is computed from names. Package policy
// writes the documents and gives the reasons for what they say.
//
// Roles have fixed names, because other systems hold them: the chart values of istiod, the annotations of service
// accounts, the task definitions of other stacks. So a role is deleted before it is replaced. Each role has one
// inline policy. The role's ARN and Ready depend on that policy, so every resource that uses one of them is created
// after the policy and deleted before it. If an ECS service outlived its role's policy, the service would drain for
// ever.
package iam
