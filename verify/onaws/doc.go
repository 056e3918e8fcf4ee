// Package onaws is the back end for real accounts.
//
// What it needs of the machine it runs on are the AWS CLI and its session manager plugin, and credentials like
// those that made the stack. What it needs of AWS is in docs/verify.md.
//
//   - Calls from tasks go through `aws ecs execute-command` under a pseudo-terminal, calls from pods through
//     the Kubernetes API. Both run the script of package curl and believe nothing but its marker.
//   - Services, workloads and certificates are what the ztunnels of the nodes know, read from their
//     own port by a port forward. Tasks' certificates come from their ztunnel by ECS Exec.
//   - Identities come from the access log of the destination's ztunnel: CloudWatch Logs for a task, the
//     pod's log for a pod. Through a waypoint they come from the caller's ztunnel and the waypoint's log.
//   - Whether istiod still discovers is read from its environment, its log and its WorkloadEntries.
//   - Objects are applied with server-side apply and the field manager ambient-ecs-verify.
//   - The doctor's evidence comes from the APIs of AWS and Kubernetes. Reading it changes nothing.
//   - The gateway's load balancer is not tried from outside, but inspected.
//   - An ECS cluster is hidden by taking its discovery tag away, which only --intrusive asks for.
//
// It is tested against recorded shapes and local stand-ins of AWS and Kubernetes. It was not yet run on real AWS.
package onaws
