package eks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// kubeconfig holds the values that a kubeconfig of pulumi-eks depends on.
type kubeconfig struct{ name, endpoint, region, authority, role, profile string }

// kubeconfigText authenticates with the AWS CLI. Only the kubeconfig of pulumi-eks' own provider names a
// profile.
func (a *clusterArgs) kubeconfigText(eks *awsCluster, withProfile bool) pulumi.StringOutput {
	var credentials pulumi.MapInput = pulumi.Map{}
	if a.ProviderCredentialOpts != nil {
		credentials = a.ProviderCredentialOpts
	}
	return pulumi.All(eks.Name, eks.Endpoint, eks.ARN, eks.CertificateAuthority, credentials).ApplyT(func(all []any) (string, error) {
		k := kubeconfig{name: all[0].(string), endpoint: all[1].(string)}
		arn := strings.Split(all[2].(string), ":")
		if len(arn) < 6 {
			return "", fmt.Errorf("the cluster's ARN %q is none", all[2])
		}
		k.region = arn[3]
		k.authority, _ = field(all[3], "data").(string)
		k.role, _ = field(all[4], "roleArn").(string)
		if withProfile {
			k.profile, _ = field(all[4], "profileName").(string)
		}
		return k.text()
	}).(pulumi.StringOutput)
}

func (k kubeconfig) object() map[string]any {
	arguments := []any{"--region", k.region, "eks", "get-token", "--cluster-name", k.name, "--output", "json"}
	if k.role != "" {
		arguments = append(arguments, "--role", k.role)
	}
	if k.profile != "" {
		arguments = append(arguments, "--profile", k.profile)
	}
	return map[string]any{
		"apiVersion":      "v1",
		"kind":            "Config",
		"current-context": "aws",
		"clusters": []any{map[string]any{
			"name":    "kubernetes",
			"cluster": map[string]any{"server": k.endpoint, "certificate-authority-data": k.authority},
		}},
		"contexts": []any{map[string]any{
			"name":    "aws",
			"context": map[string]any{"cluster": "kubernetes", "user": "aws"},
		}},
		"users": []any{map[string]any{
			"name": "aws",
			"user": map[string]any{"exec": map[string]any{
				"apiVersion": "client.authentication.k8s.io/v1beta1",
				"command":    "aws",
				"args":       arguments,
				"env":        []any{map[string]any{"name": "KUBERNETES_EXEC_INFO", "value": `{"apiVersion": "client.authentication.k8s.io/v1beta1"}`}},
			}},
		}},
	}
}

// text is the kubeconfig as JSON.
func (k kubeconfig) text() (string, error) {
	text, err := json.Marshal(k.object())
	return string(text), err
}
