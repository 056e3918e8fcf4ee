// Package loadbalancer says how a Service asks for a network load balancer, and what the AWS Load Balancer Controller
// needs. It holds no Pulumi resource.
//
// Two controllers can make a load balancer. EKS runs the legacy controller in its control plane. The AWS Load
// Balancer Controller runs as pods of the cluster. A Service names its controller by an annotation, so both can work
// in one cluster, each on its own Services. See docs/decisions/0017.
//
// Facts are from the controllers' own documents, 2026-11-29:
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/ and
// https://cloud-provider-aws.sigs.k8s.io/service_controller/.
package loadbalancer
