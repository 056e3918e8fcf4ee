package mesh

import (
	"errors"
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestWorkloadsTypeToken is the Pulumi type of TestWorkloads.
const TestWorkloadsTypeToken = "ambient-ecs:mesh:TestWorkloads"

// TestNamespace is the namespace of the test workloads, and of the callers in EKS that the policies allow.
// Kubernetes makes it.
const TestNamespace = "default"

// The test workloads: a server that answers with its pod's name, and a shell to call from.
const (
	TestEcho     = "eks-echo"
	TestShell    = "eks-shell"
	TestEchoPort = 8080
)

// TestImage is Kubernetes' own image for tests of its network. It serves, and it has curl. It comes from a
// registry that limits nobody.
const TestImage = "registry.k8s.io/e2e-test-images/agnhost:2.53"

// nobody is the user of the test containers.
const nobody = 65534

// TestWorkloadsArgs configures TestWorkloads.
type TestWorkloadsArgs struct {
	// Provider is the cluster's. Required.
	Provider pulumi.ProviderResource
	// After is what must exist first, and stay longest: the whole control plane.
	After []pulumi.Resource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TestWorkloadsArgs) Validate() error {
	if a.Provider == nil {
		return errors.New("Provider is nil")
	}
	return nil
}

// TestWorkloads enrols the namespace default and runs two workloads there, from which and to which the mesh
// can be tried.
type TestWorkloads struct {
	pulumi.ResourceState
}

// NewTestWorkloads registers the namespace's label and the workloads.
func NewTestWorkloads(ctx *pulumi.Context, name string, args *TestWorkloadsArgs, opts ...pulumi.ResourceOption) (*TestWorkloads, error) {
	if args == nil {
		return nil, fmt.Errorf("test workloads %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("test workloads %s: %w", name, err)
	}
	component := &TestWorkloads{}
	if err := ctx.RegisterComponentResource(TestWorkloadsTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("test workloads %s: %w", name, err)
	}
	// A patch: the namespace is not ours, only its label is. Its removal takes the label back.
	label, err := corev1.NewNamespacePatch(ctx, TestNamespace, &corev1.NamespacePatchArgs{
		Metadata: metav1.ObjectMetaPatchArgs{
			Name:   pulumi.String(TestNamespace),
			Labels: pulumi.StringMap{labelDataplane: pulumi.String(dataplaneAmbient)},
		},
	}, child(component, args.Provider, after(args.After))...)
	if err != nil {
		return nil, fmt.Errorf("test workloads %s: label namespace %s: %w", name, TestNamespace, err)
	}
	inMesh := after([]pulumi.Resource{label}, args.After)
	for _, workload := range []workload{
		{name: TestEcho, args: []string{"serve-hostname", fmt.Sprintf("--port=%d", TestEchoPort)}, port: TestEchoPort},
		// It does nothing for ever, so there is always a shell to call from.
		{name: TestShell, args: []string{"pause"}},
	} {
		if _, err := appsv1.NewDeployment(ctx, workload.name, workload.deployment(), child(component, args.Provider, inMesh)...); err != nil {
			return nil, fmt.Errorf("test workloads %s: register deployment %s: %w", name, workload.name, err)
		}
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
	}, child(component, args.Provider, inMesh)...); err != nil {
		return nil, fmt.Errorf("test workloads %s: register service %s: %w", name, TestEcho, err)
	}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("test workloads %s: %w", name, err)
	}
	return component, nil
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
