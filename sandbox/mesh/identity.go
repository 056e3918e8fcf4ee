package mesh

import (
	"errors"
	"fmt"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
)

// IdentityAnnotation is the AWS identity that a pod found when it was admitted; see StartIdentity.
const IdentityAnnotation = "sandbox.ambient-ecs/pod-identity"

// credentialsVariable is where the SDKs of a pod find Pod Identity's agent.
const credentialsVariable = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

const (
	associationKind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	addonKind       = "aws:eks/addon:Addon"
	roleKind        = "aws:iam/role:Role"
	identityAgent   = "eks-pod-identity-agent"
)

// StartIdentity is the AWS identity with which a pod of a service account starts, or "". It names the Pod
// Identity association and the unique id of its role. The webhook looks at the associations when a pod is
// created and never again, and a running process keeps the credentials of its role.
func StartIdentity(c *api.Cluster, namespace, account string) string {
	found := c.Tx.Find(aws.AccountOf(c.ARN), associationKind, aws.Has("clusterName", aws.NameOf(c.ARN), "namespace", namespace, "serviceAccount", account))
	if len(found) == 0 {
		return ""
	}
	arn := aws.AssociatedRole(c.Tx, found[0])
	if arn == "" {
		return ""
	}
	unique := ""
	if role := c.Tx.Get(aws.AccountOf(arn), roleKind, aws.NameOf(arn)); role != nil {
		unique = role.String("uniqueId")
	}
	return strings.Join([]string{found[0].ID, arn, unique}, " ")
}

// InjectIdentity does to a new pod what Pod Identity's webhook does: its containers learn where the agent is, if its service
// account has an association.
func InjectIdentity(c *api.Cluster, pod api.Object) {
	identity := StartIdentity(c, api.Namespace(pod), api.String(pod, "spec", "serviceAccountName"))
	if identity == "" {
		return
	}
	api.Set(pod, identity, "metadata", "annotations", IdentityAnnotation)
	for _, container := range api.Maps(pod, "spec", "containers") {
		container["env"] = append(api.List(container, "env"), api.Object{"name": credentialsVariable, "value": "http://169.254.170.23/v1/credentials"})
	}
}

// InjectedIdentity is the AWS identity with which a pod was admitted, or "". Its annotation counts only while its containers know
// where the agent is.
func InjectedIdentity(pod api.Object) string {
	for _, container := range api.Maps(pod, "spec", "containers") {
		for _, v := range api.Maps(container, "env") {
			if api.String(v, "name") == credentialsVariable && api.String(v, "value") != "" {
				return api.Annotations(pod)[IdentityAnnotation]
			}
		}
	}
	return ""
}

// principal is the AWS principal with which istiod calls ECS: its pod's own role, or the account's role that it
// assumes from there.
func principal(c *api.Cluster, pod api.Object, role string) (aws.Principal, error) {
	account := api.String(pod, "spec", "serviceAccountName")
	started, now := InjectedIdentity(pod), StartIdentity(c, api.Namespace(pod), account)
	switch {
	case started == "":
		return aws.Principal{}, errors.New("no EC2 IMDS role found: istiod started before its Pod Identity association")
	case started != now:
		return aws.Principal{}, fmt.Errorf("istiod still has the identity that it started with (%s): restart it", started)
	case !agentRuns(c):
		return aws.Principal{}, fmt.Errorf("failed to refresh cached credentials: no add-on %s answers", identityAgent)
	}
	own, err := aws.PodRole(c.Tx, c.ARN, api.Namespace(pod), account, api.Name(pod))
	if err != nil || role == defaultRole {
		return own, err
	}
	if err := aws.MayAssume(c.Tx, own, role, nil); err != nil {
		return aws.Principal{}, err
	}
	// Pod Identity's session tags are transitive.
	return aws.Principal{RoleARN: role, Tags: own.Tags}, nil
}

// agentRuns reports whether the cluster has the add-on that hands out Pod Identity's credentials.
func agentRuns(c *api.Cluster) bool {
	return len(c.Tx.Find(aws.AccountOf(c.ARN), addonKind, aws.Has("clusterName", aws.NameOf(c.ARN), "addonName", identityAgent))) > 0
}
