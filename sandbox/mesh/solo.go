package mesh

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// This file models what Solo's distribution adds to upstream Istio's charts and start-up. That distribution is
// not open source, so the file follows observed behaviour of 1.28 and 1.29.

const (
	// eastwestController serves the class "istio-eastwest" in Solo's builds, whatever istiod's environment says.
	eastwestController = "istio.io/eastwest-controller"

	envAccounts      = "ECS_ACCOUNTS"
	envLicense       = "SOLO_LICENSE_KEY"
	envLicenseSecret = "SOLO_LICENSE_SECRET"
	envFailOpen      = "SOLO_LICENSE_FAIL_OPEN"

	// envAccountValues is the sandbox's own: what the values say of the accounts besides domain and role, as JSON by role. How Solo's
	// chart hands it on is not public.
	envAccountValues = "SANDBOX_ECS_ACCOUNT_VALUES"
	// regionsNote is the fact of the world that names the key of the regions; see RegionsKey.
	regionsNote = "solo/ecs-regions-key"
	// severalRegions is the first minor version whose discovery takes several regions, by Solo's documentation.
	severalRegions = 29
)

// RegionsKey says in which key of an account's entry in platforms.ecs.accounts istiod finds the regions of its ECS clusters. No public
// source shows the key, so the sandbox has none by itself. Empty: istiod looks in its own region only.
func RegionsKey(tx *world.Tx, key string) { tx.SetNote(regionsNote, key) }

// licenseKeys are the keys under which a licence may be kept in a Secret, in the order of their search.
var licenseKeys = []string{"license-key", "gloo-mesh-license-key", "gloo-trial-license-key"}

// SoloChart handles the values that Solo's istiod chart reads and upstream's ignores: the licence and the ECS
// accounts become environment variables of istiod. Variables that the values set themselves win.
func SoloChart(chart string, values map[string]any, objects []api.Object) {
	if chart != "istiod" {
		return
	}
	for _, o := range objects {
		if api.KindOf(o) != api.DeploymentKind || api.Labels(o)["app"] != "istiod" {
			continue
		}
		for _, container := range api.Maps(o, "spec", "template", "spec", "containers") {
			if api.String(container, "name") == "discovery" {
				addVariables(container, soloVariables(values))
			}
		}
	}
}

// soloVariables reads the values that only Solo's chart knows.
func soloVariables(values map[string]any) [][2]string {
	var variables [][2]string
	if key := api.String(values, "license", "value"); key != "" {
		variables = append(variables, [2]string{envLicense, key})
	}
	if name := api.String(values, "license", "secretRef", "name"); name != "" {
		namespace := api.String(values, "license", "secretRef", "namespace")
		if namespace == "" {
			namespace = System
		}
		variables = append(variables, [2]string{envLicenseSecret, namespace + "/" + name})
	}
	var accounts []string
	more := map[string]any{}
	for _, account := range api.Maps(values, "platforms", "ecs", "accounts") {
		accounts = append(accounts, api.String(account, "domain"), api.String(account, "role"))
		if len(account) > 2 {
			more[api.String(account, "role")] = account
		}
	}
	if len(more) > 0 {
		// Values of a chart are JSON.
		text, _ := json.Marshal(more)
		variables = append(variables, [2]string{envAccountValues, string(text)})
	}
	if len(accounts) > 0 {
		variables = append(variables, [2]string{envAccounts, strings.Join(accounts, ",")})
	}
	return variables
}

func addVariables(container api.Object, variables [][2]string) {
	env := api.List(container, "env")
	set := map[string]bool{}
	for _, e := range api.Maps(container, "env") {
		set[api.String(e, "name")] = true
	}
	for _, v := range variables {
		if !set[v[0]] {
			env = append(env, api.Object{"name": v[0], "value": v[1]})
		}
	}
	container["env"] = env
}

// soloBuild reports whether a pod runs Solo's build: the plain version tags are upstream's.
func soloBuild(pod api.Object) bool {
	for _, container := range api.Maps(pod, "spec", "containers") {
		image := api.String(container, "image")
		if i := strings.LastIndex(image, ":"); i >= 0 && (strings.Contains(image[i:], "-solo") || strings.Contains(image[i:], "-alpha.")) {
			return true
		}
	}
	return false
}

// refuseToStart says why Solo's istiod ends right after its start; "" when it keeps running.
func refuseToStart(c *api.Cluster, pod api.Object) string {
	if !soloBuild(pod) {
		return ""
	}
	env := istiodEnvironment(c, pod)
	if licenseOf(c, env) == "" && env[envFailOpen] != "true" {
		return "istiod: no valid license found: set license.value or license.secretRef"
	}
	if _, err := ecsAccounts(env); err != nil {
		return "istiod: " + err.Error()
	}
	return ""
}

// licenseOf returns the licence that istiod finds: in its environment, or in the Secret that it names.
func licenseOf(c *api.Cluster, env map[string]string) string {
	if key := strings.TrimSpace(env[envLicense]); key != "" {
		return key
	}
	namespace, name, ok := strings.Cut(env[envLicenseSecret], "/")
	if !ok {
		return ""
	}
	data := secretData(c, namespace, name)
	for _, key := range licenseKeys {
		if value := strings.TrimSpace(data[key]); value != "" {
			return value
		}
	}
	return ""
}

// soloMinor matches the tag of Solo's images.
var soloMinor = regexp.MustCompile(`:1\.([0-9]+)\.`)

// regionsOf are the regions in which an istiod looks for an account's ECS clusters: its own, or those that the account's entry names
// by the key that the world knows.
func regionsOf(c *api.Cluster, pod api.Object, env map[string]string, account ecsAccount) []string {
	own := []string{aws.ParseARN(c.ARN).Region}
	key, values := c.Tx.Note(regionsNote), api.Object{}
	if key == "" || json.Unmarshal([]byte(env[envAccountValues]), &values) != nil {
		return own
	}
	for _, container := range api.Maps(pod, "spec", "containers") {
		version := soloMinor.FindStringSubmatch(api.String(container, "image"))
		if version == nil {
			continue
		}
		if minor, _ := strconv.Atoi(version[1]); minor < severalRegions {
			return own
		}
	}
	var regions []string
	for _, region := range api.List(values, account.role, key) {
		if name, text := region.(string); text {
			regions = append(regions, name)
		}
	}
	if regions == nil {
		return own
	}
	return regions
}

// ecsAccount is an account in which istiod looks for tasks.
type ecsAccount struct{ domain, role string }

// ecsAccounts reads "domain1,role1,domain2,role2". Accounts are kept by role: the last of two with the same
// role wins.
func ecsAccounts(env map[string]string) ([]ecsAccount, error) {
	text := env[envAccounts]
	if text == "" {
		return nil, nil
	}
	fields := strings.Split(text, ",")
	if len(fields)%2 != 0 {
		return nil, fmt.Errorf("invalid %s: expected pairs of domain and role, got %d values", envAccounts, len(fields))
	}
	byRole := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		byRole[strings.TrimSpace(fields[i+1])] = strings.TrimSpace(fields[i])
	}
	accounts := make([]ecsAccount, 0, len(byRole))
	for _, role := range slices.Sorted(maps.Keys(byRole)) {
		accounts = append(accounts, ecsAccount{domain: byRole[role], role: role})
	}
	return accounts, nil
}
