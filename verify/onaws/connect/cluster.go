package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Manager is the field manager of the fields that the verifier sets.
const Manager = "ambient-ecs-verify"

// Object is a Kubernetes object as decoded JSON.
type Object = map[string]any

// Cluster is a connection to the API server, by the kubeconfig of the stack's outputs.
type Cluster struct {
	config  *rest.Config
	objects dynamic.Interface
	core    kubernetes.Interface

	mu    sync.Mutex
	kinds map[string]map[string]metav1.APIResource
}

// OpenCluster reads a kubeconfig. It makes no request yet.
func OpenCluster(kubeconfig string) (*Cluster, error) {
	if kubeconfig == "" {
		return nil, errors.New("the stack's outputs have no kubeconfig: read them with --show-secrets")
	}
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(kubeconfig))
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig of the stack's outputs: %w", err)
	}
	// The cases run in parallel. The default of 5 requests a second is meant for controllers.
	config.QPS, config.Burst = 50, 100
	config.UserAgent = Manager
	// JSON is readable in a trace, and everything else here uses it.
	config.ContentType = "application/json"
	return NewCluster(config)
}

// NewCluster is a connection by a configuration.
func NewCluster(config *rest.Config) (*Cluster, error) {
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	core, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	return &Cluster{config: config, objects: objects, core: core, kinds: map[string]map[string]metav1.APIResource{}}, nil
}

// resource finds the API of a kind.
func (c *Cluster) resource(apiVersion, kind, namespace string) (dynamic.ResourceInterface, error) {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil, fmt.Errorf("apiVersion %q: %w", apiVersion, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds[apiVersion] == nil {
		list, err := c.core.Discovery().ServerResourcesForGroupVersion(apiVersion)
		if err != nil {
			return nil, fmt.Errorf("ask the cluster for %s: %w", apiVersion, err)
		}
		known := map[string]metav1.APIResource{}
		for _, r := range list.APIResources {
			// "pods/exec" is a subresource.
			if _, seen := known[r.Kind]; !seen && r.Name != "" && !strings.Contains(r.Name, "/") {
				known[r.Kind] = r
			}
		}
		c.kinds[apiVersion] = known
	}
	r, ok := c.kinds[apiVersion][kind]
	if !ok {
		return nil, fmt.Errorf("the cluster has no %s %s", apiVersion, kind)
	}
	api := c.objects.Resource(group.WithResource(r.Name))
	if !r.Namespaced || namespace == "" {
		return api, nil
	}
	return api.Namespace(namespace), nil
}

// List returns the objects of a kind in every namespace.
func (c *Cluster) List(ctx context.Context, apiVersion, kind string) ([]Object, error) {
	api, err := c.resource(apiVersion, kind, "")
	if err != nil {
		return nil, err
	}
	var all []Object
	options := metav1.ListOptions{Limit: 500}
	for {
		page, err := api.List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", kind, err)
		}
		for _, item := range page.Items {
			all = append(all, item.Object)
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return all, nil
		}
	}
}

// Get returns an object, or nil if there is none.
func (c *Cluster) Get(ctx context.Context, apiVersion, kind, namespace, name string) (Object, error) {
	api, err := c.resource(apiVersion, kind, namespace)
	if err != nil {
		return nil, err
	}
	found, err := api.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s/%s: %w", kind, namespace, name, err)
	}
	return found.Object, nil
}

// Apply creates an object or changes it to be as given.
func (c *Cluster) Apply(ctx context.Context, object Object) error {
	wanted := clean(object)
	what := describe(wanted)
	api, err := c.resource(wanted.GetAPIVersion(), wanted.GetKind(), wanted.GetNamespace())
	if err != nil {
		return fmt.Errorf("apply %s: %w", what, err)
	}
	applied, err := api.Apply(ctx, wanted.GetName(), wanted, metav1.ApplyOptions{FieldManager: Manager, Force: true})
	if err != nil {
		return fmt.Errorf("apply %s: %w", what, err)
	}
	// Server-side apply keeps the fields of other managers that the request does not mention. A policy with an
	// additional field is another policy, so an object that still differs is replaced.
	spec, has := wanted.Object["spec"]
	if !has || Same(applied.Object["spec"], spec) {
		return nil
	}
	applied.Object["spec"] = spec
	if _, err := api.Update(ctx, applied, metav1.UpdateOptions{FieldManager: Manager}); err != nil {
		return fmt.Errorf("replace the spec of %s: %w", what, err)
	}
	return nil
}

// Delete deletes an object. One that does not exist is deleted already.
func (c *Cluster) Delete(ctx context.Context, object Object) error {
	o := &unstructured.Unstructured{Object: object}
	api, err := c.resource(o.GetAPIVersion(), o.GetKind(), o.GetNamespace())
	if err != nil {
		return fmt.Errorf("delete %s: %w", describe(o), err)
	}
	if err := api.Delete(ctx, o.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s: %w", describe(o), err)
	}
	return nil
}

// clean is an object without the fields that only the server sets, so that an object that was read can be
// applied again.
func clean(object Object) *unstructured.Unstructured {
	o := (&unstructured.Unstructured{Object: object}).DeepCopy()
	delete(o.Object, "status")
	for _, field := range []string{"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	return o
}

func describe(o *unstructured.Unstructured) string {
	return fmt.Sprintf("%s %s/%s", o.GetKind(), o.GetNamespace(), o.GetName())
}
