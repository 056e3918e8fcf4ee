// Package onaws is the back end for real accounts.
//
// It needs the AWS CLI with the session manager plugin, and credentials like those that made the stack.
// docs/verify.md lists the permissions that it needs.
//
//   - Calls from tasks go through `aws ecs execute-command` under a pseudo-terminal, calls from pods through
//     the Kubernetes API. Both run the script of package curl and trust only lines with its marker.
//   - Services, workloads and certificates come from the ztunnels of the nodes, through a port forward.
//     Tasks' certificates come from their ztunnel by ECS Exec.
//   - Identities come from the access log of the destination's ztunnel: CloudWatch Logs for a task, the
//     pod's log for a pod. Through a waypoint they come from the caller's ztunnel and the waypoint's log.
//   - Whether istiod still discovers is read from its environment, its log and its WorkloadEntries.
//   - Objects are applied with server-side apply and the field manager ambient-ecs-verify.
//   - The doctor's evidence comes from the APIs of AWS and Kubernetes. Reading it changes nothing.
//   - The gateway's load balancer is inspected, not called from outside.
//   - An ECS cluster is hidden by removing its discovery tag. Only --intrusive does that.
//
// The tests use recorded answers and local stand-ins of AWS and Kubernetes. The package has not been run on real
// AWS yet.
package onaws
