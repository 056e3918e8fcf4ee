package loadbalancer

// labelReadiness makes the AWS Load Balancer Controller add a readiness gate to each new pod of a namespace that is a load balancer's target.
//
// The targets are pods. Without the gate Kubernetes takes a pod for ready before the load balancer does, and a roll-out or a drain can leave a load
// balancer whose targets all begin or drain: AWS measured two minutes without an answer, with two pods as with one.
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate and
// https://aws.amazon.com/cn/blogs/china/use-the-readiness-gate-to-solve-the-service-interruption-caused-by-the-rolling-upgrade-of-eks-pod/, 2026-12-01)
const labelReadiness = "elbv2.k8s.aws/pod-readiness-gate-inject"

// Label adds to the labels of a namespace what its load balancer's maker reads there.
func (c Controller) Label(labels map[string]string) map[string]string {
	if c == AWS {
		labels[labelReadiness] = "enabled"
	}
	return labels
}
