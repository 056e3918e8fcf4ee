package kubernetes

import (
	"slices"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const accessPolicyResource = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"

// authenticated is the group of everybody who logs in.
const authenticated = "system:authenticated"

var everything = api.Rule{Groups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}}

// accessPolicies are the rights of EKS's access policies. The sandbox models those that the program gives. The view policy shows
// neither Secrets nor custom resources.
// https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, 2026-11-29.
var accessPolicies = map[string][]api.Rule{
	"AmazonEKSClusterAdminPolicy": {everything},
	"AmazonEKSViewPolicy": {
		{Groups: []string{""}, Verbs: []string{"get", "list", "watch"}, Resources: []string{
			"configmaps", "endpoints", "persistentvolumeclaims", "pods", "replicationcontrollers", "serviceaccounts", "services", "events", "limitranges", "namespaces", "resourcequotas",
		}},
		{Groups: []string{"apps", "autoscaling", "batch", "networking.k8s.io", "policy", "discovery.k8s.io"}, Verbs: []string{"get", "list", "watch"}, Resources: []string{"*"}},
	},
}

// Can reports whether a principal of AWS with an access entry may do something with a resource of a cluster, as `kubectl auth can-i` says it.
func Can(tx *world.Tx, cluster *world.Resource, principal, verb, resource, namespace string) bool {
	entries := tx.Find(cluster.Account, accessEntryResource, aws.Has("clusterName", cluster.String("name"), "principalArn", principal))
	return len(entries) > 0 && api.At(tx, cluster.String("arn")).As(userOf(tx, entries[0])).Can(verb, resource, namespace)
}

// userOf is who logs in with an access entry: the user and the groups of the entry, with what EKS itself allows. EKS gives whoever
// makes a cluster an entry with the policy for administrators.
func userOf(tx *world.Tx, entry *world.Resource) *api.User {
	user := &api.User{Name: entry.String("userName"), Groups: []string{authenticated}}
	if user.Name == "" {
		user.Name = entry.String("principalArn")
	}
	groups, _ := entry.Props["kubernetesGroups"].([]any)
	for _, group := range groups {
		if name, ok := group.(string); ok {
			user.Groups = append(user.Groups, name)
		}
	}
	if entry.Owner == "eks" && entry.String("type") == "STANDARD" {
		user.Grants = append(user.Grants, api.Grant{Rule: everything})
	}
	for _, association := range tx.Find(entry.Account, accessPolicyResource, aws.Has("clusterName", entry.String("clusterName"), "principalArn", entry.String("principalArn"))) {
		var namespaces []string
		scope, _ := association.Props["accessScope"].(map[string]any)
		if list, ok := scope["namespaces"].([]any); ok && scope["type"] == "namespace" {
			for _, namespace := range list {
				if name, ok := namespace.(string); ok {
					namespaces = append(namespaces, name)
				}
			}
		}
		policy := association.String("policyArn")
		for _, rule := range accessPolicies[policy[strings.LastIndex(policy, "/")+1:]] {
			user.Grants = append(user.Grants, api.Grant{Rule: rule, Namespaces: slices.Clone(namespaces)})
		}
	}
	return user
}
