package values

import (
	"maps"
	"strconv"
	"strings"
)

// profile is Istio's name for a mesh without sidecars. Every chart but base has its own part of it.
const profile = "ambient"

// The images of the charts.
const (
	imagePilot   = "pilot"
	imageCNI     = "install-cni"
	imageZtunnel = "ztunnel"
	imageProxy   = "proxyv2"
)

// defaultTrustDomain is the trust domain that Istio has by itself. For another one Solo's ECS guide sets skipTrustDomain
// on ztunnel, and the same with PILOT_ before it on istiod (solo-io/gloo-mesh-use-cases, gloo-mesh/ecs, 845afe4,
// 2026-01-06). Upstream ignores both.
const (
	defaultTrustDomain = "cluster.local"
	skipTrustDomain    = "SKIP_VALIDATE_TRUST_DOMAIN"
)

// DefaultEnv is the environment that istiod gets besides the profile's.
func DefaultEnv() map[string]string {
	return map[string]string{
		// ECS services have no cluster IP, so istiod gives each an address. The value is the default from 1.28 on. It
		// is set here because nothing works without it.
		"PILOT_ENABLE_IP_AUTOALLOCATE": "true",
		// Istio counts a Gateway's TLS listeners among the alpha features.
		"PILOT_ENABLE_ALPHA_GATEWAY_API": "true",
		// Without it upstream's istiod programs no gateway of the class istio-eastwest (seen with 1.29.1), and an update
		// waits for the gateway until its time-out.
		"AMBIENT_ENABLE_MULTI_NETWORK": "true",
	}
}

// Base returns the values of the chart with Istio's custom resource definitions. The default revision decides which
// istiod's webhook validates Istio's objects, and which istiod runs the gateways that name no revision.
func (a Args) Base() map[string]any {
	if revision := a.named(); revision != "" {
		return map[string]any{"defaultRevision": revision}
	}
	return map[string]any{}
}

// named returns the default revision if it has a name of its own.
func (a Args) named() string {
	if a.DefaultRevision == Unnamed {
		return ""
	}
	return a.DefaultRevision
}

// Istiods returns the revisions. There is always at least one.
func (a Args) Istiods() []Revision {
	if len(a.Revisions) == 0 {
		return []Revision{{Name: Unnamed, Tag: a.Tag}}
	}
	return a.Revisions
}

// CNI returns the values of the node agent that redirects the traffic of the mesh's pods.
func (a Args) CNI() map[string]any {
	v := map[string]any{
		"profile": profile,
		"global":  a.global(),
		// No DNS server knows the names of ECS services, so the agent must capture DNS queries.
		"ambient": map[string]any{"dnsCapture": true},
	}
	a.nameImage(v, imageCNI)
	return v
}

// Istiod are the values of one istiod.
func (a Args) Istiod(revision Revision) map[string]any {
	a.Tag = revision.Tag
	global := a.global()
	global["network"] = a.Network
	v := map[string]any{
		"profile": profile,
		"global":  global,
		"env":     a.env(),
		"meshConfig": map[string]any{
			"accessLogFile":     "/dev/stdout",
			"trustDomain":       a.TrustDomain,
			"pathNormalization": map[string]any{"normalization": a.PathNormalization},
		},
	}
	a.replicate(v, revision)
	if revision.Name != Unnamed {
		v["revision"] = revision.Name
	}
	if a.Tracing != nil {
		v["meshConfig"].(map[string]any)["extensionProviders"] = []any{map[string]any{
			"name":          a.Tracing.Provider,
			"opentelemetry": map[string]any{"service": a.Tracing.Service, "port": a.Tracing.Port},
		}}
	}
	if a.Variant == "" {
		// This is the gateways' image: istiod makes their pods.
		global["proxy"] = map[string]any{"image": a.image(imageProxy)}
	}
	a.nameImage(v, imagePilot)
	if a.AccountsDelivery == AccountsByChart {
		v["platforms"] = map[string]any{"ecs": map[string]any{"accounts": a.accounts()}}
	}
	switch a.License.Delivery {
	case LicenseByEnv:
		v["envVarFrom"] = []any{map[string]any{
			"name": EnvLicense,
			"valueFrom": map[string]any{
				"secretKeyRef": map[string]any{"name": a.License.Secret, "key": a.License.Key},
			},
		}}
	case LicenseBySecretRef:
		v["license"] = map[string]any{
			"secretRef": map[string]any{"name": a.License.Secret, "namespace": Namespace},
		}
	}
	if len(a.PodAnnotations) > 0 {
		v["podAnnotations"] = anyMap(a.PodAnnotations)
	}
	return v
}

// Ztunnel are the values of the node proxy.
func (a Args) Ztunnel() map[string]any {
	v := map[string]any{
		"profile": profile,
		"hub":     a.Hub,
		"tag":     a.Tag,
		"network": a.Network,
	}
	if a.Variant != "" {
		v["variant"] = a.Variant
	}
	if revision := a.named(); revision != "" {
		v["revision"] = revision
	}
	if len(a.ProxyAnnotations) > 0 {
		v["podAnnotations"] = anyMap(a.ProxyAnnotations)
	}
	if a.TrustDomain != defaultTrustDomain {
		v["env"] = map[string]any{skipTrustDomain: "true"}
	}
	a.nameImage(v, imageZtunnel)
	return v
}

// replicate says how many pods an istiod has and where they run. The chart adds a disruption budget where there are two
// or more. Its autoscaler is off: it needs a metrics server, and would begin with one pod.
func (a Args) replicate(v map[string]any, revision Revision) {
	v["autoscaleEnabled"] = false
	v["replicaCount"] = a.Replicas
	v["global"].(map[string]any)["priorityClassName"] = PriorityClass
	if a.Replicas > 1 {
		// An update replaces one pod after another, on nodes that may have no room for more than one further pod.
		v["rollingMaxSurge"], v["rollingMaxUnavailable"] = 1, 1
	}
	v["topologySpreadConstraints"] = spread(map[string]any{"matchLabels": map[string]any{"app": "istiod", "istio.io/rev": revision.Name}})
}

// global are the values that most charts share.
func (a Args) global() map[string]any {
	g := map[string]any{"hub": a.Hub, "tag": a.Tag}
	if a.Variant != "" {
		g["variant"] = a.Variant
	}
	return g
}

// nameImage gives the chart's image its full name if it has no variant. An empty value does not unset the profile's
// variant, but the chart uses a name with a slash as it is.
func (a Args) nameImage(v map[string]any, image string) {
	if a.Variant == "" {
		v["image"] = a.image(image)
	}
}

func (a Args) image(name string) string {
	image := strings.TrimSuffix(a.Hub, "/") + "/" + name + ":" + a.Tag
	if a.Variant != "" {
		image += "-" + a.Variant
	}
	return image
}

func (a Args) env() map[string]any {
	env := DefaultEnv()
	env[EnvDiscoveryRate], env[EnvDiscoveryBurst] = strconv.Itoa(a.DiscoveryRate), strconv.Itoa(a.DiscoveryBurst)
	if a.TrustDomain != defaultTrustDomain {
		env["PILOT_"+skipTrustDomain] = "true"
	}
	maps.Copy(env, a.Env)
	if a.AccountsDelivery == AccountsByEnv {
		var list []string
		for _, account := range a.Accounts {
			list = append(list, account.Domain, account.RoleARN)
		}
		env[EnvAccounts] = strings.Join(list, ",")
	}
	return anyMap(env)
}

func (a Args) accounts() []any {
	var list []any
	for _, account := range a.Accounts {
		entry := maps.Clone(account.More)
		if entry == nil {
			entry = map[string]any{}
		}
		entry["role"], entry["domain"] = account.RoleARN, account.Domain
		list = append(list, entry)
	}
	return list
}

func anyMap(in map[string]string) map[string]any {
	out := make(map[string]any, len(in))
	for key, value := range in {
		out[key] = value
	}
	return out
}
