package mesh

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"istio.io/istio/pkg/config"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
)

// Admit asks the validating webhooks that concern an object, as the API server does before it keeps one.
// Only webhooks that istiod serves are known.
func Admit(c *api.Cluster, o api.Object) error {
	gvk := api.KindOf(o)
	if gvk.Group == "" {
		return nil
	}
	for _, configuration := range c.List(api.WebhookKind, "") {
		for _, hook := range api.Maps(configuration, "webhooks") {
			if !concerns(hook, gvk) || !api.Matches(api.Map(hook, "objectSelector"), api.Labels(o)) {
				continue
			}
			if err := ask(c, hook, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// concerns reports whether a rule of the webhook covers the kind's group and version.
func concerns(hook api.Object, gvk schema.GroupVersionKind) bool {
	for _, rule := range api.Maps(hook, "rules") {
		if holds(api.List(rule, "apiGroups"), gvk.Group) && holds(api.List(rule, "apiVersions"), gvk.Version) {
			return true
		}
	}
	return false
}

func holds(list []any, word string) bool {
	return slices.Contains(list, any(word)) || slices.Contains(list, any("*"))
}

// ask calls one webhook. If no istiod answers, the webhook's failure policy decides.
func ask(c *api.Cluster, hook, o api.Object) error {
	name := api.String(hook, "name")
	service := api.String(hook, "clientConfig", "service", "name") + "." + api.String(hook, "clientConfig", "service", "namespace")
	if answers(c, api.String(hook, "clientConfig", "service", "name")) == nil {
		if api.String(hook, "failurePolicy") == "Ignore" {
			return nil
		}
		return apierrors.NewInternalError(fmt.Errorf("failed calling webhook %q: failed to call webhook: Post \"https://%s.svc:443%s?timeout=10s\": "+
			"no endpoints available for service %q", name, service, api.String(hook, "clientConfig", "service", "path"),
			api.String(hook, "clientConfig", "service", "name")))
	}
	if err := Validate(o); err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("admission webhook %q denied the request: configuration is invalid: %v", name, err))
	}
	return nil
}

// Validate is istiod's own validation of one of its objects. Kinds that are not in istioKinds pass.
func Validate(o api.Object) error {
	gvk := api.KindOf(o)
	known, ok := istioKinds[gvk.GroupKind()]
	if !ok {
		return nil
	}
	spec := proto.Clone(known.spec)
	data, err := json.Marshal(o["spec"])
	if err != nil {
		return err
	}
	if o["spec"] != nil {
		if err := config.ApplyJSONStrict(spec, string(data)); err != nil {
			return fmt.Errorf("error decoding configuration: %w", err)
		}
	}
	_, err = known.validate(config.Config{
		Meta: config.Meta{
			GroupVersionKind: config.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind},
			Name:             api.Name(o), Namespace: api.Namespace(o),
			Labels: api.Labels(o), Annotations: api.Annotations(o), Domain: "cluster.local",
		},
		Spec: spec,
	})
	return err
}

// adoptWebhooks plays a started istiod: it writes its certificate into its webhooks and sets their failure
// policy to Fail.
func adoptWebhooks(c *api.Cluster) {
	running := istiods(c)
	for _, configuration := range c.List(api.WebhookKind, "") {
		if api.Labels(configuration)["istio"] != "istiod" {
			continue
		}
		pod := running[revisionOf(configuration)]
		if pod == nil {
			continue
		}
		root := authorityOf(c, pod).Root
		if root == "" {
			continue
		}
		bundle := base64.StdEncoding.EncodeToString([]byte(root))
		configuration = api.Copy(configuration)
		for _, hook := range api.Maps(configuration, "webhooks") {
			hook["failurePolicy"] = "Fail"
			api.Set(hook, bundle, "clientConfig", "caBundle")
		}
		write(c, configuration)
	}
}
