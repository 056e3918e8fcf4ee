package mesh

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/problem"
)

// TestWorkloadsTypeToken is the Pulumi type of TestWorkloads.
const TestWorkloadsTypeToken = "ambient-ecs:mesh:TestWorkloads"

// TestNamespace is the namespace of the test workloads, and of the EKS callers that the policies allow. Kubernetes
// itself makes it.
const TestNamespace = "default"

// The test workloads: a server that answers with its pod's name, and a shell to call from.
const (
	TestEcho     = "eks-echo"
	TestShell    = "eks-shell"
	TestEchoPort = 8080
)

// TestImage is Kubernetes' own image for tests of its network. It can serve requests, and it includes curl. Its
// registry has no pull limit.
const TestImage = "registry.k8s.io/e2e-test-images/agnhost:2.53"

// nobody is the user of the test containers.
const nobody = 65534

// TestWorkloadsArgs configures TestWorkloads.
type TestWorkloadsArgs struct {
	// PodSecurity is the Pod Security Standard of the namespace. Empty: no label.
	PodSecurity podsecurity.Level
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// ControlPlane must exist before the workloads and outlive them, because istio-cni takes part when a pod of the
	// mesh starts or ends. Required.
	ControlPlane component.After[ControlPlane]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TestWorkloadsArgs) Validate() error {
	var p problem.List
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// TestWorkloads enrols the namespace default and runs two workloads there, a caller and a server, to try the mesh
// with.
type TestWorkloads struct {
	pulumi.ResourceState
}

// NewTestWorkloads registers the namespace's label and the workloads.
func NewTestWorkloads(ctx *pulumi.Context, name string, args *TestWorkloadsArgs, opts ...pulumi.ResourceOption) (*TestWorkloads, error) {
	out := &TestWorkloads{}
	return component.New(ctx, TestWorkloadsTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		// This is a patch, because the program owns only the label, not the namespace. Its removal removes the label.
		label, err := corev1.NewNamespacePatch(ctx, TestNamespace, &corev1.NamespacePatchArgs{
			Metadata: metav1.ObjectMetaPatchArgs{
				Name:   pulumi.String(TestNamespace),
				Labels: pulumi.ToStringMap(args.PodSecurity.Label(map[string]string{labelDataplane: dataplaneAmbient})),
			},
		}, component.Child(out, args.Provider, component.DependsOn(args.ControlPlane))...)
		if err != nil {
			return nil, fmt.Errorf("label namespace %s: %w", TestNamespace, err)
		}
		for _, workload := range []workload{
			{name: TestEcho, args: []string{"serve-hostname", fmt.Sprintf("--port=%d", TestEchoPort)}, port: TestEchoPort},
			// The process waits for ever, so there is always a shell to call from.
			{name: TestShell, args: []string{"pause"}},
		} {
			made, err := appsv1.NewDeployment(ctx, workload.name, workload.deployment(), component.Child(out, args.Provider, behind(label))...)
			if err != nil {
				return nil, fmt.Errorf("register deployment %s: %w", workload.name, err)
			}
			component.Slow(ctx, made, fmt.Sprintf("Deployment %s/%s is not available yet. It is when its pods are ready. Look at `kubectl -n %s get pods,events`", TestNamespace, workload.name, TestNamespace), component.Behind(label))
		}
		if _, err := corev1.NewService(ctx, TestEcho, &corev1.ServiceArgs{
			Metadata: metav1.ObjectMetaArgs{
				Name:      pulumi.String(TestEcho),
				Namespace: pulumi.String(TestNamespace),
				Labels:    pulumi.StringMap{"app": pulumi.String(TestEcho)},
			},
			Spec: corev1.ServiceSpecArgs{
				Selector: pulumi.StringMap{"app": pulumi.String(TestEcho)},
				Ports: corev1.ServicePortArray{corev1.ServicePortArgs{
					Name: pulumi.String("http"),
					Port: pulumi.Int(TestEchoPort),
				}},
			},
		}, component.Child(out, args.Provider, behind(label))...); err != nil {
			return nil, fmt.Errorf("register service %s: %w", TestEcho, err)
		}
		return pulumi.Map{}, nil
	})
}

// workload is one test workload. A port of 0 means that it serves nothing.
type workload struct {
	name string
	args []string
	port int
}

func (w workload) deployment() *appsv1.DeploymentArgs {
	labels := pulumi.StringMap{"app": pulumi.String(w.name)}
	container := corev1.ContainerArgs{
		Name:  pulumi.String(w.name),
		Image: pulumi.String(TestImage),
		Args:  pulumi.ToStringArray(w.args),
		Resources: corev1.ResourceRequirementsArgs{
			Requests: pulumi.StringMap{"cpu": pulumi.String("10m"), "memory": pulumi.String("32Mi")},
		},
		SecurityContext: corev1.SecurityContextArgs{
			AllowPrivilegeEscalation: pulumi.Bool(false),
			ReadOnlyRootFilesystem:   pulumi.Bool(true),
			RunAsNonRoot:             pulumi.Bool(true),
			RunAsUser:                pulumi.Int(nobody),
			Capabilities:             corev1.CapabilitiesArgs{Drop: pulumi.ToStringArray([]string{"ALL"})},
			SeccompProfile:           corev1.SeccompProfileArgs{Type: pulumi.String("RuntimeDefault")},
		},
	}
	if w.port != 0 {
		container.Ports = corev1.ContainerPortArray{corev1.ContainerPortArgs{ContainerPort: pulumi.Int(w.port)}}
		container.ReadinessProbe = corev1.ProbeArgs{TcpSocket: corev1.TCPSocketActionArgs{Port: pulumi.Int(w.port)}}
	}
	return &appsv1.DeploymentArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(w.name),
			Namespace: pulumi.String(TestNamespace),
			Labels:    labels,
		},
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(1),
			Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: labels},
				Spec: corev1.PodSpecArgs{
					AutomountServiceAccountToken: pulumi.Bool(false),
					Containers:                   corev1.ContainerArray{container},
				},
			},
		},
	}
}
