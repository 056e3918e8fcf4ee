package aws

import (
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

const (
	eksPodIdentityKind  = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	eksAccessEntryKind  = "aws:eks/accessEntry:AccessEntry"
	eksAccessPolicyKind = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
)

func eksPodIdentityType() *resourceType {
	return &resourceType{
		token: eksPodIdentityKind, service: "EKS", noun: "EKS Pod Identity Association",
		inputs: map[string]input{
			"clusterName":    {required: true, replace: true},
			"namespace":      {required: true, replace: true},
			"roleArn":        {required: true},
			"serviceAccount": {required: true, replace: true},
			"tags":           tags,
		},
		outputs: []string{"associationArn", "associationId"},
		create: func(c *call, res *world.Resource) error {
			cluster, err := c.cluster("CreatePodIdentityAssociation")
			if err != nil {
				return err
			}
			same := func(r *world.Resource) bool {
				return ofCluster(cluster.String("name"))(r) && r.String("namespace") == text(c.in, "namespace") && r.String("serviceAccount") == text(c.in, "serviceAccount")
			}
			if others := c.each(eksPodIdentityKind, same); len(others) > 0 {
				return c.refuse("CreatePodIdentityAssociation", "ResourceInUseException", "Association already exists: %s", others[0].ID)
			}
			if err := c.checkPodRole("CreatePodIdentityAssociation", cluster); err != nil {
				return err
			}
			res.ID = "a-" + digest(c.Tx, "association")[:17]
			res.Props["associationId"] = res.ID
			res.Props["associationArn"] = c.arn("eks", "podidentityassociation/"+cluster.String("name")+"/"+res.ID)
			return nil
		},
		update: func(c *call, _ *world.Resource) error {
			cluster, err := c.cluster("UpdatePodIdentityAssociation")
			if err != nil {
				return err
			}
			return c.checkPodRole("UpdatePodIdentityAssociation", cluster)
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			// An import names cluster and association: cluster,a-….
			return c.get(eksPodIdentityKind, id[strings.LastIndex(id, ",")+1:])
		},
	}
}

// PodIdentity is the service principal of EKS Pod Identity, podIdentityTags the session tags that it sets.
const podIdentityService = "pods.eks.amazonaws.com"

// PodIdentityTags are the tags of a session that EKS Pod Identity hands to a pod.
func PodIdentityTags(clusterARN, namespace, serviceAccount, pod string) map[string]string {
	return map[string]string{
		"eks-cluster-arn": clusterARN, "eks-cluster-name": nameOf(clusterARN), "kubernetes-namespace": namespace,
		"kubernetes-service-account": serviceAccount, "kubernetes-pod-name": pod,
	}
}

// PodRole returns the role that a pod of a service account gets, or an error that says why it gets none.
func PodRole(tx *world.Tx, clusterARN, namespace, serviceAccount, pod string) (Principal, error) {
	account := accountOf(clusterARN)
	found := tx.Find(account, eksPodIdentityKind, func(r *world.Resource) bool {
		return r.String("clusterName") == nameOf(clusterARN) && r.String("namespace") == namespace && r.String("serviceAccount") == serviceAccount
	})
	if len(found) == 0 {
		return Principal{}, &apiError{Service: "EKS Auth", Operation: "AssumeRoleForPodIdentity", Code: "ResourceNotFoundException",
			Message: "No Pod Identity association for " + namespace + "/" + serviceAccount}
	}
	session := PodIdentityTags(clusterARN, namespace, serviceAccount, pod)
	request := map[string]string{"aws:SourceAccount": account, "aws:SourceArn": clusterARN}
	for k, v := range session {
		request["aws:RequestTag/"+k] = v
	}
	role := found[0].String("roleArn")
	if err := MayAssume(tx, Principal{Service: podIdentityService}, role, request); err != nil {
		return Principal{}, err
	}
	return Principal{RoleARN: role, Tags: session}, nil
}

func (c *call) checkPodRole(operation string, cluster *world.Resource) error {
	arn := text(c.in, "roleArn")
	role := roleByARN(c.Tx, arn)
	if accountOf(arn) != c.account {
		return c.refuse(operation, "InvalidParameterException", "Role %s is not in the account of the cluster", arn)
	}
	if role == nil {
		return c.refuse(operation, "InvalidParameterException", "Role provided in the request does not exist.")
	}
	// Conditions are looked at when a pod asks; here EKS only wants to be named with both actions.
	d, err := evaluation.Parse(role.String("assumeRolePolicy"))
	if err != nil {
		return c.refuse(operation, "InvalidParameterException", "Trust policy is not valid: %s", err)
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		named := slices.ContainsFunc(d.Statement, func(s evaluation.Statement) bool {
			return s.Effect == "Allow" && slices.Contains(s.Principal["Service"], podIdentityService) && s.Covers(action)
		})
		if !named {
			return c.refuse(operation, "InvalidParameterException", "Trust policy of role %s is not valid for Pod Identity: %s must be allowed to %s", arn, podIdentityService, action)
		}
	}
	return nil
}

var principalPattern = regexp.MustCompile(`^arn:aws[\w-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+$`)

func eksAccessEntryType() *resourceType {
	return &resourceType{
		token: eksAccessEntryKind, service: "EKS", noun: "EKS Access Entry",
		inputs: map[string]input{
			"clusterName":      {required: true, replace: true},
			"kubernetesGroups": {computed: true, same: sameSet},
			"principalArn":     {required: true, replace: true},
			"tags":             tags,
			"type":             {replace: true, preset: "STANDARD", check: oneOf("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX")},
			"userName":         {computed: true},
		},
		outputs: []string{"accessEntryArn", "createdAt", "modifiedAt"},
		fresh:   []string{"modifiedAt"},
		create: func(c *call, res *world.Resource) error {
			const operation = "CreateAccessEntry"
			cluster, err := c.cluster(operation)
			if err != nil {
				return err
			}
			principal := text(c.in, "principalArn")
			if !usesEntries(cluster) {
				return c.refuse(operation, "InvalidRequestException", "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
			}
			if !principalPattern.MatchString(principal) {
				return c.refuse(operation, "InvalidParameterException", "The specified principalArn is invalid: invalid principal.")
			}
			if c.get(eksAccessEntryKind, c.entryID(cluster.String("name"), principal)) != nil {
				return c.refuse(operation, "ResourceInUseException", "The specified access entry resource is already in use on this cluster.")
			}
			for _, group := range texts(c.in, "kubernetesGroups") {
				if strings.HasPrefix(group, "system:") {
					return c.refuse(operation, "InvalidParameterException", "The kubernetes group name %s is invalid, it cannot start with system:", group)
				}
			}
			res.Props = c.entry(cluster, principal, text(c.in, "type"), res.Props)
			res.ID = c.entryID(cluster.String("name"), principal)
			return nil
		},
		update: func(c *call, res *world.Resource) error {
			res.Props["modifiedAt"] = stamp(c.Now)
			return nil
		},
		remove: func(c *call, res *world.Resource) error {
			for _, r := range c.each(eksAccessPolicyKind, ofCluster(res.String("clusterName"))) {
				if r.String("principalArn") == res.String("principalArn") {
					c.Drop(r)
				}
			}
			return nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			cluster, principal, _ := strings.Cut(id, ":")
			return c.get(eksAccessEntryKind, c.entryID(cluster, principal))
		},
		id: func(res *world.Resource) string { return res.String("clusterName") + ":" + res.String("principalArn") },
	}
}

func (c *call) entryID(cluster, principal string) string {
	return c.arn("eks", "access-entry/"+cluster+"/"+principal)
}

func usesEntries(cluster *world.Resource) bool {
	return strings.HasPrefix(text(cluster.Props, "accessConfig", "authenticationMode"), "API")
}

// entry are the properties of an access entry.
func (c *call) entry(cluster *world.Resource, principal, kind string, in map[string]any) map[string]any {
	out := cloneMap(in)
	out["clusterName"], out["principalArn"], out["type"] = cluster.String("name"), principal, kind
	out["accessEntryArn"] = c.entryID(cluster.String("name"), principal)
	out["createdAt"], out["modifiedAt"] = stamp(c.Now), stamp(c.Now)
	if text(out, "userName") == "" {
		out["userName"] = principal
	}
	if out["kubernetesGroups"] == nil {
		out["kubernetesGroups"] = []any{}
	}
	return out
}

// makeAccessEntry adds an entry that EKS makes by itself, if the cluster works with entries.
func (c *call) makeAccessEntry(cluster *world.Resource, principal, kind string) {
	id := c.entryID(cluster.String("name"), principal)
	if usesEntries(cluster) && c.get(eksAccessEntryKind, id) == nil {
		c.make(eksAccessEntryKind, id, "eks", c.entry(cluster, principal, kind, map[string]any{"tags": map[string]any{}, "tagsAll": map[string]any{}}))
	}
}

func eksAccessPolicyType() *resourceType {
	return &resourceType{
		token: eksAccessPolicyKind, service: "EKS", noun: "EKS Access Policy Association",
		inputs: map[string]input{
			"accessScope":  {required: true, replace: true},
			"clusterName":  {required: true, replace: true},
			"policyArn":    {required: true, replace: true},
			"principalArn": {required: true, replace: true},
		},
		outputs: []string{"associatedAt", "modifiedAt"},
		create: func(c *call, res *world.Resource) error {
			const operation = "AssociateAccessPolicy"
			cluster, err := c.cluster(operation)
			if err != nil {
				return err
			}
			principal, policy := text(c.in, "principalArn"), text(c.in, "policyArn")
			if c.get(eksAccessEntryKind, c.entryID(cluster.String("name"), principal)) == nil {
				return c.refuse(operation, "ResourceNotFoundException", "The specified principalArn could not be found. You can view your available access entries with 'aws eks list-access-entries'.")
			}
			if !isEKSPolicy(c.partition, policy) {
				return c.refuse(operation, "InvalidParameterException", "The specified policyArn is invalid: %s", policy)
			}
			scope := text(c.in, "accessScope", "type")
			if scope != "cluster" && scope != "namespace" || (scope == "namespace") != (len(list(c.in, "accessScope", "namespaces")) > 0) {
				return c.refuse(operation, "InvalidParameterException", "The accessScope is invalid: namespaces go with the type namespace and only with it")
			}
			res.ID = cluster.String("name") + "#" + principal + "#" + policy
			res.Props["associatedAt"], res.Props["modifiedAt"] = stamp(c.Now), stamp(c.Now)
			return nil
		},
	}
}
