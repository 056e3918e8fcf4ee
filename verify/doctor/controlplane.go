package doctor

import (
	"strings"

	"ambient-ecs/iam/evaluation"
)

const networkLabel = "topology.istio.io/network"

// istiod checks what the whole mesh needs, inside EKS too.
func (w *walk) istiod() *Finding {
	istiod := w.kubernetes.Istiod
	const upFix = "kubectl -n istio-system get deployment istiod. If somebody scaled it to 0, scale it up again: Pulumi does not look at what a Helm release made. Otherwise look at its pods: kubectl -n istio-system describe pods -l app=istiod"
	switch {
	case istiod == nil:
		return missing("istiod", system+"/istiod", upFix, "no pod of istiod is ready")
	case !istiod.AutoAllocate:
		return missing("ip-autoallocate", system+"/istiod", "set PILOT_ENABLE_IP_AUTOALLOCATE=true and run `pulumi up`", "istiod gives the services of ECS no virtual addresses: PILOT_ENABLE_IP_AUTOALLOCATE is off")
	case w.kubernetes.Root == "":
		return missing("root-certificate", system+"/istio-ca-root-cert", "look at istiod's log", "istiod has written no root certificate")
	}
	return w.networkLabels()
}

// knowsECS checks what istiod needs to discover anything in ECS.
func (w *walk) knowsECS() *Finding {
	istiod := w.kubernetes.Istiod
	switch {
	case !solo(istiod.Image):
		return missing("istiod-build", system+"/istiod", "use a version that ends in -solo", "istiod runs %s, which is not Solo's build and knows nothing of ECS", istiod.Image)
	case !istiod.Licensed:
		return missing("licence", system+"/istio-license", "set the licence and run `pulumi up`", "istiod finds no licence, and ECS is a licensed feature")
	}
	return nil
}

func solo(image string) bool {
	tag := image[strings.LastIndex(image, ":")+1:]
	return strings.Contains(tag, "-solo") || strings.Contains(tag, "-alpha.")
}

// networkLabels compares the places that name the mesh's network.
func (w *walk) networkLabels() *Finding {
	want := w.stack.MeshNetwork
	wrong := func(subject, have string) *Finding {
		return missing("network-label", subject, "set it to "+want, "%s of %s is %s, and the mesh's network is %q: look-ups across networks fail silently",
			networkLabel, subject, quote(have), want)
	}
	if ns := w.namespace(system); ns == nil || ns.Labels[networkLabel] != want {
		have := ""
		if ns != nil {
			have = ns.Labels[networkLabel]
		}
		return wrong("namespace "+system, have)
	}
	for _, pod := range w.kubernetes.Pods {
		if pod.Namespace == system && pod.Owner == "ztunnel" && pod.Network != want {
			return wrong("DaemonSet "+system+"/ztunnel", pod.Network)
		}
	}
	return nil
}

// podIdentity checks how istiod gets its AWS identity.
func (w *walk) podIdentity() *Finding {
	const agent = "eks-pod-identity-agent"
	account := w.kubernetes.Istiod.ServiceAccount
	subject := system + "/" + account
	if find(w.kubernetes.AddOns, func(name string) bool { return name == agent }) == nil {
		return missing("pod-identity-agent", agent, "add the EKS add-on "+agent, "EKS cluster %s has no add-on %s, so istiod gets no AWS credentials", w.stack.EKSName, agent)
	}
	found := find(w.kubernetes.Associations, func(a Association) bool { return a.Namespace == system && a.ServiceAccount == account })
	if found == nil {
		return missing("pod-identity-missing", subject, remade+", then restart istiod", "service account %s has no Pod Identity association", subject)
	}
	if found.Role != w.stack.IstiodRole {
		return missing("pod-identity-role", found.ID, "point the association at "+w.stack.IstiodRole+" and restart istiod", "the association of %s gives it %s instead of %s", subject, found.Role, w.stack.IstiodRole)
	}
	role := w.roles[found.Role]
	if role == nil {
		return missing("istiod-role", found.Role, remade, "istiod's role %s does not exist", found.Role)
	}
	if f := w.podTrust(role); f != nil {
		return f
	}
	if f := w.latecomer(*found); f != nil {
		return f
	}
	stale := w.kubernetes.Istiod.Identity != found.ID+"/"+role.UniqueID
	if w.kubernetes.Istiod.Identity == "" {
		stale = found.Changed.After(w.kubernetes.Istiod.Created) || role.Created.After(w.kubernetes.Istiod.Created)
	}
	if stale {
		return missing("pod-identity-stale", found.ID, "restart istiod: kubectl -n istio-system rollout restart deployment istiod",
			"pod %s started before its Pod Identity association or role was changed, and keeps the identity it started with", w.kubernetes.Istiod.Name)
	}
	return nil
}

// credentialsVariable is what Pod Identity's webhook adds to the containers of a pod
// (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html, 2026-11-29).
const credentialsVariable = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

// latecomer finds a pod that was made before its Pod Identity association took effect, which takes some seconds. The
// webhook looks at a pod when it is made and never again, so such a pod has no AWS credentials for as long as it lives.
func (w *walk) latecomer(a Association) *Finding {
	pod := find(w.kubernetes.Pods, func(p Pod) bool {
		return p.Namespace == a.Namespace && p.ServiceAccount == a.ServiceAccount && !p.Credentials
	})
	if pod == nil {
		return nil
	}
	name := pod.Namespace + "/" + pod.Name
	return missing("pod-identity-late", name, "make the pod anew: kubectl -n "+pod.Namespace+" delete pod "+pod.Name,
		"pod %s has no AWS credentials: it was made before its Pod Identity association %s took effect", name, a.ID)
}

// session are the tags that Pod Identity puts on istiod's session.
func (w *walk) session() map[string]string {
	return map[string]string{
		"eks-cluster-arn": w.stack.EKSArn, "eks-cluster-name": w.stack.EKSName, "kubernetes-namespace": system,
		"kubernetes-service-account": w.kubernetes.Istiod.ServiceAccount, "kubernetes-pod-name": w.kubernetes.Istiod.Name,
	}
}

func (w *walk) podTrust(role *evaluation.Role) *Finding {
	request := map[string]string{"aws:SourceAccount": evaluation.Account(w.stack.EKSArn), "aws:SourceArn": w.stack.EKSArn}
	for key, value := range w.session() {
		request["aws:RequestTag/"+key] = value
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		if v := evaluation.Trusts(role, evaluation.Caller{Service: "pods.eks.amazonaws.com"}, action, request); !v.OK() {
			return missing("istiod-role-trust", role.ARN, "allow pods.eks.amazonaws.com "+action+" in the role's trust",
				"the trust of %s does not let Pod Identity do %s: %s", role.ARN, action, v.Why)
		}
	}
	return nil
}

// discovery checks how istiod gets access to an account.
func (w *walk) discovery(key string) *Finding {
	account := w.stack.Accounts[key]
	arn := w.stack.DiscoveryRoles[key]
	domain, told := w.kubernetes.Istiod.Accounts[arn]
	if !told || domain != account.Domain {
		return missing("ecs-accounts", key, remade+": platforms.ecs.accounts lists every account",
			"istiod is not told to look into account %s (%s) under the domain %s", key, account.ID, account.Domain)
	}
	role, own := w.roles[arn], w.roles[w.stack.IstiodRole]
	if role == nil {
		return missing("discovery-role", arn, remade, "the discovery role %s does not exist", arn)
	}
	istiod := evaluation.Caller{RoleARN: own.ARN, Tags: w.session()}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		v := evaluation.Trusts(role, istiod, action, nil)
		switch {
		case v.OK():
		case v.Cause == evaluation.Stale:
			return missing("discovery-stale-principal", arn, "write the trust again: "+remade,
				"the trust of %s is stale: %s", arn, v.Why)
		case action == "sts:TagSession" && v.Cause != evaluation.Condition:
			return missing("discovery-tag-session", arn, "allow istiod's role sts:TagSession in the trust of the role",
				"the trust of %s does not allow sts:TagSession, and the session tags of Pod Identity travel on", arn)
		default:
			return missing("discovery-trust", arn, remade+": the trust names istiod's role and its session tags",
				"the trust of %s does not let istiod in: %s", arn, v.Why)
		}
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		v := evaluation.Allows(own, istiod, action, arn, nil)
		if v.OK() || evaluation.Direct(role, istiod) {
			continue
		}
		ingredient := "discovery-permission"
		if action == "sts:TagSession" {
			ingredient = "discovery-tag-session"
		}
		return missing(ingredient, own.ARN, "allow "+action+" on "+arn+" in "+where(v)+" of "+own.ARN, "istiod's role %s may not do %s on %s: %s", own.ARN, action, arn, v.Why)
	}
	return w.reading(key, role)
}

// where is what refused a role: its policies, or its permissions boundary.
func where(v evaluation.Verdict) string {
	if v.Cause == evaluation.Boundary {
		return "the permissions boundary"
	}
	return "a policy"
}

// reading checks that a discovery role may read ECS.
func (w *walk) reading(key string, role *evaluation.Role) *Finding {
	who := evaluation.Caller{RoleARN: role.ARN, Tags: w.session()}
	for _, name := range w.stack.ClusterKeys() {
		cluster := w.stack.Clusters[name]
		if cluster.Account != key {
			continue
		}
		prefix := strings.Replace(cluster.ARN, ":cluster/", ":%/", 1) + "/"
		for _, call := range []struct{ action, resource, cluster string }{
			{"ecs:ListClusters", "*", ""}, {"ecs:DescribeClusters", cluster.ARN, ""},
			{"ecs:ListTasks", "*", cluster.ARN}, {"ecs:ListServices", "*", cluster.ARN},
			{"ecs:DescribeTasks", strings.Replace(prefix, "%", "task", 1) + "0123456789abcdef0123456789abcdef", cluster.ARN},
			{"ecs:DescribeServices", strings.Replace(prefix, "%", "service", 1) + "any", cluster.ARN},
		} {
			request := map[string]string{"aws:RequestedRegion": cluster.Region}
			if call.cluster != "" {
				request["ecs:cluster"] = call.cluster
			}
			if v := evaluation.Allows(role, who, call.action, call.resource, request); !v.OK() {
				return missing("discovery-ecs-permission", role.ARN, "allow "+call.action+" in "+where(v)+" of the role", "discovery role %s may not do %s in %s: %s", role.ARN, call.action, cluster.Name, v.Why)
			}
		}
	}
	return nil
}

func quote(text string) string {
	if text == "" {
		return "not set"
	}
	return "\"" + text + "\""
}
