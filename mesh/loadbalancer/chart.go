package loadbalancer

// Namespace and ServiceAccount are those of the controller's pods.
const (
	Namespace      = "kube-system"
	ServiceAccount = "aws-load-balancer-controller"
)

// Chart, Repository and Version are the controller's pinned chart. Chart 1.14.0 installs release 2.14.0.
const (
	Chart      = "aws-load-balancer-controller"
	Repository = "https://aws.github.io/eks-charts"
	Version    = "1.14.0"
)

// ClusterTag is the key of the tag that the controller puts on everything that it makes. The value is the cluster's name.
const ClusterTag = "elbv2.k8s.aws/cluster"

// ChartValues are the values of the chart.
type ChartValues struct {
	// Cluster is the EKS cluster's name, Region its region. Required. The VPC's id is an output: the caller adds it
	// as vpcId. The pods cannot ask the instance metadata, which is out of their reach.
	Cluster, Region string
	// Tags are put on everything that the controller makes.
	Tags map[string]string
}

// Values are the plain values of the chart.
func (v ChartValues) Values() map[string]any {
	tags := map[string]any{}
	for key, value := range v.Tags {
		tags[key] = value
	}
	return map[string]any{
		"clusterName":         v.Cluster,
		"region":              v.Region,
		"replicaCount":        2,
		"podDisruptionBudget": map[string]any{"maxUnavailable": 1},
		"serviceAccount":      map[string]any{"create": true, "name": ServiceAccount},
		"defaultTags":         tags,
		"defaultTargetType":   "ip",
		// The webhook would claim every new Service of the cluster. A Service of the program names its controller.
		"enableServiceMutatorWebhook": false,
		// A pod without its readiness gate is better than none: the pods of the doors start while the controller is away.
		"podMutatorWebhookConfig": map[string]any{"failurePolicy": "Ignore"},
		// The program makes the security groups and the rules between them, so the role may change none.
		"enableBackendSecurityGroup": false,
		// These parts serve Ingress objects, and call APIs that the role may not call.
		"enableShield":               false,
		"enableWaf":                  false,
		"enableWafv2":                false,
		"createIngressClassResource": false,
		"ingressClassParams":         map[string]any{"create": false},
		"resources":                  map[string]any{"requests": map[string]any{"cpu": "50m", "memory": "128Mi"}, "limits": map[string]any{"memory": "512Mi"}},
	}
}
