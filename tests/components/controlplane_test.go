package components

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/mesh/values"
	"ambient-ecs/tests/recorder"
)

// oneControlPlane records a control plane with changed arguments, and a probe behind all of it.
func oneControlPlane(t *testing.T, change func(*mesh.ControlPlaneArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validControlPlane(f)
		if change != nil {
			change(args)
		}
		made, err := mesh.NewControlPlane(ctx, "istio", args)
		if err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	})
}

func TestTheControlPlaneIsMadeInTheCluster(t *testing.T) {
	children(t, oneControlPlane(t, nil), mesh.ControlPlaneTypeToken, kubernetesProvider)
}

func TestTheNamespaceCarriesTheNetworkFromTheStart(t *testing.T) {
	r := oneControlPlane(t, nil)
	namespace := only(t, r, coreNamespace)
	says(t, namespace, "istio-system", "metadata", "name")
	says(t, namespace, "eks", "metadata", "labels", "topology.istio.io/network")
	for _, res := range slices.Concat(r.OfType(helmRelease), r.OfType(coreSecret)) {
		needs(t, r, res, namespace)
	}
	// The charts must name the same network as the namespace's label.
	says(t, r.Get(t, helmRelease, "istiod"), "eks", "values", "global", "network")
	says(t, r.Get(t, helmRelease, "ztunnel"), "eks", "values", "network")
}

// The node agent and the definitions do not need each other, and take their time together.
func TestEachReleaseWaitsForThoseThatItNeeds(t *testing.T) {
	r := oneControlPlane(t, nil)
	for name, before := range map[string][]string{"istio-cni": nil, "istio-base": nil, "istiod": {"istio-cni", "istio-base"}, "ztunnel": {"istio-cni", "istio-base", "istiod"}} {
		for _, other := range r.OfType(helmRelease) {
			if waits := r.Waits(r.Get(t, helmRelease, name), other); other.Name != name && waits != slices.Contains(before, other.Name) {
				t.Errorf("%s waits for %s: %t", name, other.Name, waits)
			}
		}
	}
	for _, name := range []string{"istio-cni", "istio-base", "istiod", "ztunnel"} {
		release := r.Get(t, helmRelease, name)
		says(t, release, name, "name")
		says(t, release, "istio-system", "namespace")
		says(t, release, "1.29.1-solo", "version")
		says(t, release, 900.0, "timeout")
		needs(t, r, only(t, r, probeType), release)
	}
}

func TestEverythingWaitsForTheClusterAndIstiodForTheGatewayAPIAndItsRoles(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validControlPlane(f)
		api, err := mesh.NewGatewayAPI(ctx, "api", validGatewayAPI(f))
		if err != nil {
			return err
		}
		discovery, err := iam.NewDiscoveryRole(ctx, "discovery", validDiscovery(f))
		if err != nil {
			return err
		}
		args.GatewayAPI, args.Discovery = api.Ready, discovery.Ready
		cluster := &kubernetes.ProviderArgs{Kubeconfig: pulumi.String("{}")}
		args.Provider, err = kubernetes.NewProvider(ctx, "behind-the-nodes", cluster, component.DependsOn(there[eks.Cluster](f)))
		if err != nil {
			return err
		}
		_, err = mesh.NewControlPlane(ctx, "istio", args)
		return err
	})
	var nodes *recorder.Resource
	for _, promise := range r.OfType(promiseType) {
		if strings.HasPrefix(promise.Name, "eks.Cluster") {
			nodes = promise
		}
	}
	for _, release := range r.OfType(helmRelease) {
		needs(t, r, release, nodes)
	}
	needs(t, r, r.Get(t, coreNamespace, "istio-system"), nodes)
	for _, name := range []string{"istiod", "ztunnel"} {
		needs(t, r, r.Get(t, helmRelease, name), only(t, r, gatewayClass))
		needs(t, r, r.Get(t, helmRelease, name), only(t, r, rolePolicy))
	}
	for _, early := range []*recorder.Resource{only(t, r, gatewayClass), only(t, r, rolePolicy)} {
		if r.Waits(r.Get(t, helmRelease, "istio-cni"), early) {
			t.Errorf("the node agent waits for %s, which it does not need", early.Name)
		}
	}
}

func TestTheLicenceIsASecretAndNothingElseHoldsIt(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(license))
	for _, delivery := range []values.LicenseDelivery{values.LicenseByEnv, values.LicenseBySecretRef} {
		r := oneControlPlane(t, func(a *mesh.ControlPlaneArgs) { a.LicenseDelivery = delivery })
		secret := only(t, r, coreSecret)
		says(t, secret, encoded, "data", "license-key")
		says(t, secret, nil, "stringData")
		if !slices.Contains(secret.Secrets, "data") {
			t.Errorf("the state would show the licence: only %v of the Secret are secret", secret.Secrets)
		}
		for _, res := range own(r) {
			inputs := text(t, res.Inputs)
			if res != secret && (strings.Contains(inputs, license) || strings.Contains(inputs, encoded)) {
				t.Errorf("%s %s holds the licence", res.Type, res.Name)
			}
		}
		needs(t, r, r.Get(t, helmRelease, "istiod"), secret)
	}
}

func TestIstiodRefersToTheLicencesSecret(t *testing.T) {
	byEnv := oneControlPlane(t, nil).Get(t, helmRelease, "istiod")
	says(t, byEnv, "SOLO_LICENSE_KEY", "values", "envVarFrom", 0, "name")
	says(t, byEnv, map[string]any{"name": "istio-license", "key": "license-key"}, "values", "envVarFrom", 0, "valueFrom", "secretKeyRef")
	says(t, byEnv, nil, "values", "license")
	byRef := oneControlPlane(t, func(a *mesh.ControlPlaneArgs) { a.LicenseDelivery = values.LicenseBySecretRef }).Get(t, helmRelease, "istiod")
	says(t, byRef, map[string]any{"name": "istio-license", "namespace": "istio-system"}, "values", "license", "secretRef")
	says(t, byRef, nil, "values", "envVarFrom")
}

// changedBy returns the resources whose inputs change with the arguments, with those inputs.
func changedBy(t *testing.T, change func(*mesh.ControlPlaneArgs)) map[string][]string {
	t.Helper()
	before, after := oneControlPlane(t, nil), oneControlPlane(t, change)
	if !slices.Equal(urns(before), urns(after)) {
		t.Errorf("other resources:\n%v\n%v", urns(before), urns(after))
	}
	changed := map[string][]string{}
	for _, res := range own(before) {
		if fields := differing(res, after.Get(t, res.Type, res.Name)); len(fields) > 0 {
			changed[res.Name] = fields
		}
	}
	return changed
}

func TestAnotherIdentityOrLicenceRestartsIstiodAndNothingElse(t *testing.T) {
	identity := changedBy(t, func(a *mesh.ControlPlaneArgs) {
		a.Identities = map[string]pulumi.StringOutput{"istiod": pulumi.String("a-1/AROAAFTER").ToStringOutput()}
	})
	if got := text(t, identity); got != `{"istiod":["values"]}` {
		t.Errorf("another identity changes %s", got)
	}
	other := changedBy(t, func(a *mesh.ControlPlaneArgs) { a.License = "the next licence" })
	if got := text(t, other); got != `{"istio-license":["data"],"istiod":["values"]}` {
		t.Errorf("another licence changes %s", got)
	}
	istiod := oneControlPlane(t, nil).Get(t, helmRelease, "istiod")
	says(t, istiod, "a-1/AROAISTIOD", "values", "podAnnotations", mesh.AnnotationIdentity)
	if digest, _ := at(t, istiod, "values", "podAnnotations", mesh.AnnotationLicense).(string); len(digest) != 12 {
		t.Errorf("the licence's digest is %q", digest)
	}
}

func TestAnotherIstioVersionUpgradesEveryReleaseInPlace(t *testing.T) {
	changed := changedBy(t, func(a *mesh.ControlPlaneArgs) { a.Charts.Tag = "1.29.2-solo" })
	if got, want := text(t, changed), `{"istio-base":["version"],"istio-cni":["values","version"],"istiod":["values","version"],"ztunnel":["values","version"]}`; got != want {
		t.Errorf("changed %s, want %s", got, want)
	}
}

func TestTheRepositorysPasswordIsASecret(t *testing.T) {
	r := oneControlPlane(t, func(a *mesh.ControlPlaneArgs) { a.Username, a.Password = "reader", "hunter2" })
	for _, release := range r.OfType(helmRelease) {
		if !slices.Contains(release.Secrets, "repositoryOpts") {
			t.Errorf("%s shows the password: only %v are secret", release.Name, release.Secrets)
		}
		says(t, release, map[string]any{"username": "reader", "password": "hunter2"}, "repositoryOpts")
	}
	for _, release := range oneControlPlane(t, nil).OfType(helmRelease) {
		says(t, release, nil, "repositoryOpts")
	}
}

func TestChartsComeFromARegistryByAddressAndFromARepositoryByName(t *testing.T) {
	istiod := oneControlPlane(t, nil).Get(t, helmRelease, "istiod")
	says(t, istiod, "oci://registry.example/charts/istiod", "chart")
	says(t, istiod, nil, "repositoryOpts", "repo")
	istiod = oneControlPlane(t, func(a *mesh.ControlPlaneArgs) { a.Repository = "https://charts.example/istio" }).Get(t, helmRelease, "istiod")
	says(t, istiod, "istiod", "chart")
	says(t, istiod, "https://charts.example/istio", "repositoryOpts", "repo")
}

func TestAnEncryptedEnvironmentOfIstiodIsASecretAndNothingElseIs(t *testing.T) {
	for _, secret := range []bool{true, false} {
		r := oneControlPlane(t, func(a *mesh.ControlPlaneArgs) {
			a.SecretEnv, a.Charts.Env = secret, map[string]string{"TOKEN": "hunter2"}
		})
		for _, release := range r.OfType(helmRelease) {
			if got, want := slices.Contains(release.Secrets, "values"), secret && release.Name == "istiod"; got != want {
				t.Errorf("secret %v: secret inputs of %s are %v", secret, release.Name, release.Secrets)
			}
		}
		says(t, r.Get(t, helmRelease, "istiod"), "hunter2", "values", "env", "TOKEN")
	}
}

func TestIstiodsStandSideBySideAndWaitForTheSameThings(t *testing.T) {
	r := oneControlPlane(t, twoRevisions)
	base, ztunnel := r.Get(t, helmRelease, "istio-base"), r.Get(t, helmRelease, "ztunnel")
	old, next := r.Get(t, helmRelease, "istiod"), r.Get(t, helmRelease, "istiod-1-30-2")
	for _, istiod := range []*recorder.Resource{old, next} {
		needs(t, r, istiod, base)
		needs(t, r, istiod, only(t, r, coreSecret))
		needs(t, r, ztunnel, istiod)
	}
	if r.Waits(old, next) || r.Waits(next, old) {
		t.Error("one istiod waits for the other")
	}
	says(t, old, "1.29.1-solo", "version")
	says(t, next, "1.30.2-solo", "version")
	says(t, next, "1-30-2", "values", "revision")
	says(t, base, "1.30.2-solo", "version")
	says(t, ztunnel, "1.29.1-solo", "version")
}

func ownCA(a *mesh.ControlPlaneArgs) {
	a.CA = &mesh.CA{Certificate: "certificate", Key: "the private key", Chain: "chain", Root: "root"}
}

func TestAnAuthorityIsASecretThatIstiodWaitsForAndNothingElseHoldsTheKey(t *testing.T) {
	r := oneControlPlane(t, ownCA)
	secret := r.Get(t, coreSecret, "cacerts")
	for name, text := range map[string]string{"ca-cert.pem": "certificate", "ca-key.pem": "the private key", "cert-chain.pem": "chain", "root-cert.pem": "root"} {
		says(t, secret, base64.StdEncoding.EncodeToString([]byte(text)), "data", name)
	}
	if !slices.Contains(secret.Secrets, "data") {
		t.Errorf("the state would show the key: only %v of the Secret are secret", secret.Secrets)
	}
	needs(t, r, r.Get(t, helmRelease, "istiod"), secret)
	for _, res := range own(r) {
		if res != secret && strings.Contains(text(t, res.Inputs), base64.StdEncoding.EncodeToString([]byte("the private key"))) {
			t.Errorf("%s %s holds the key", res.Type, res.Name)
		}
	}
}

func TestAnotherAuthorityRestartsIstiodAndTheNodesProxies(t *testing.T) {
	changed := map[string][]string{}
	before, after := oneControlPlane(t, ownCA), oneControlPlane(t, func(a *mesh.ControlPlaneArgs) { ownCA(a); a.CA.Root = "root and the next one" })
	for _, res := range own(before) {
		if fields := differing(res, after.Get(t, res.Type, res.Name)); len(fields) > 0 {
			changed[res.Name] = fields
		}
	}
	if got, want := text(t, changed), `{"cacerts":["data"],"istiod":["values"],"ztunnel":["values"]}`; got != want {
		t.Errorf("changed %s, want %s", got, want)
	}
	for _, name := range []string{"istiod", "ztunnel"} {
		if digest, _ := at(t, after.Get(t, helmRelease, name), "values", "podAnnotations", values.AnnotationCA).(string); len(digest) != 12 {
			t.Errorf("%s has the digest %q", name, digest)
		}
	}
}
