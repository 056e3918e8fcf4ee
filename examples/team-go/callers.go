package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"ambient-ecs/contract"
	"ambient-ecs/eks/kubeconfig"
)

// admit lets the callers, each "namespace/service account", call the service, and nobody else.
func admit(ctx *pulumi.Context, cfg *config.Config, mesh contract.Contract, callers []string) error {
	namespace := mesh.Team.Namespace
	if mesh.Team.KubernetesRoleARN == "" {
		return errors.New("callers: the cluster is no team's, so only the platform writes policies in its namespace")
	}
	var principals []any
	for _, caller := range callers {
		of, account, ok := strings.Cut(caller, "/")
		if !ok {
			return fmt.Errorf("callers: %q is not namespace/serviceaccount", caller)
		}
		principals = append(principals, fmt.Sprintf("%s/ns/%s/sa/%s", mesh.Mesh.TrustDomain, of, account))
	}
	rules := []any{map[string]any{
		"from": []any{map[string]any{"source": map[string]any{"principals": principals}}},
		"to":   []any{map[string]any{"operation": map[string]any{"ports": []any{fmt.Sprint(port)}}}},
	}}
	spec := map[string]any{"action": "ALLOW", "rules": rules}
	if _, behind := mesh.Mesh.Waypoints[namespace]; behind {
		// The waypoint decides, and looks at policies for what is behind it. The tasks admit it alone.
		spec["targetRefs"] = []any{map[string]any{"group": "networking.istio.io", "kind": "ServiceEntry", "name": mesh.Entry(name)}}
	} else {
		spec["selector"] = map[string]any{"matchLabels": map[string]any{"ecs.solo.io/hostname": mesh.Hostname(name)}}
	}
	cluster, err := reach(ctx, cfg, mesh.Team)
	if err != nil {
		return err
	}
	_, err = apiextensions.NewCustomResource(ctx, name+"-callers", &apiextensions.CustomResourceArgs{
		ApiVersion:  pulumi.String("security.istio.io/v1"),
		Kind:        pulumi.String("AuthorizationPolicy"),
		Metadata:    metav1.ObjectMetaArgs{Name: pulumi.String(mesh.Team.PolicyPrefix + name + "-callers"), Namespace: pulumi.String(namespace)},
		OtherFields: kubernetes.UntypedArgs{"spec": spec},
	}, pulumi.Provider(cluster))
	return err
}

// reach makes a provider for the platform's EKS cluster, with the team's role in the platform's home account and no other rights.
func reach(ctx *pulumi.Context, cfg *config.Config, team contract.Team) (*kubernetes.Provider, error) {
	// arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME
	parts := strings.Split(team.EKSClusterARN, ":")
	if len(parts) != 6 {
		return nil, fmt.Errorf("%q is no ARN of an EKS cluster", team.EKSClusterARN)
	}
	region, clusterName := parts[3], strings.TrimPrefix(parts[5], "cluster/")
	args := &aws.ProviderArgs{
		Region:            pulumi.String(region),
		AllowedAccountIds: pulumi.ToStringArray([]string{parts[4]}),
		AssumeRole:        aws.ProviderAssumeRoleArgs{RoleArn: pulumi.String(team.KubernetesRoleARN)},
	}
	if profile := cfg.Get("profile"); profile != "" {
		args.Profile = pulumi.String(profile)
	}
	home, err := aws.NewProvider(ctx, "home", args)
	if err != nil {
		return nil, err
	}
	found, err := eks.LookupCluster(ctx, &eks.LookupClusterArgs{Name: clusterName}, pulumi.Provider(home))
	if err != nil {
		return nil, err
	}
	if len(found.CertificateAuthorities) != 1 {
		return nil, fmt.Errorf("the EKS cluster %s is not active yet", clusterName)
	}
	text, err := kubeconfig.New(kubeconfig.Cluster{
		Name: clusterName, Region: region, Endpoint: found.Endpoint, CertificateAuthority: found.CertificateAuthorities[0].Data,
	}, kubeconfig.Credentials{Profile: cfg.Get("profile"), RoleARN: team.KubernetesRoleARN})
	if err != nil {
		return nil, err
	}
	return kubernetes.NewProvider(ctx, "kubernetes", &kubernetes.ProviderArgs{
		Kubeconfig:        pulumi.String(text),
		ClusterIdentifier: pulumi.String(found.Endpoint),
	})
}
