package mesh

import (
	"errors"
	"fmt"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
)

// IdentityAnnotation is the AWS identity that a pod found when it started; see StartIdentity.
const IdentityAnnotation = "sandbox.ambient-ecs/pod-identity"

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
	arn := found[0].String("roleArn")
	unique := ""
	if role := c.Tx.Get(aws.AccountOf(arn), roleKind, aws.NameOf(arn)); role != nil {
		unique = role.String("uniqueId")
	}
	return strings.Join([]string{found[0].ID, arn, unique}, " ")
}

// principal is the AWS principal with which istiod calls ECS: its pod's own role, or the account's role that it
// assumes from there.
func principal(c *api.Cluster, pod api.Object, role string) (aws.Principal, error) {
	account := api.String(pod, "spec", "serviceAccountName")
	started, now := api.Annotations(pod)[IdentityAnnotation], StartIdentity(c, api.Namespace(pod), account)
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
