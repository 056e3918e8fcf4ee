package adopt

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	eks "ambient-ecs/eks/existing"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/resident"
)

// ControlPlane is an EKS cluster that exists, as AWS describes it, and a way into it.
type ControlPlane struct {
	eks.Cluster
	// Networks are the CIDRs of its VPC.
	Networks []string
	// Objects lists what the cluster has.
	Objects resident.Objects
}

// ControlPlaneReader reads one EKS cluster. It changes nothing.
type ControlPlaneReader interface {
	// ReadControlPlane returns the cluster of a name. The zero Cluster: the account has none. Kubeconfig is the text of a kubeconfig to
	// use instead of tokens of `aws eks get-token`, or "".
	ReadControlPlane(ctx context.Context, a Account, region, name, kubeconfig string) (ControlPlane, error)
}

// Inside is what the EKS cluster holds that the stack file is about.
type Inside struct {
	EKS eks.Cluster
	// GatewayAPI says that it has definitions of the Gateway API, LoadBalancerController that it runs the AWS Load Balancer Controller.
	GatewayAPI, LoadBalancerController bool
	Residents                          []resident.Resident
	// Locked is why nobody could look inside, "" if somebody could.
	Locked string
}

// LookInside asks a cluster what the stack file has to say of it, and what is in the way. A cluster that does not answer, or refuses the
// caller, is no error: what AWS says of it counts without that.
func LookInside(ctx context.Context, plane ControlPlane, region, gatewayAPI string) Inside {
	inside := Inside{EKS: plane.Cluster}
	var shut []resident.Resident
	for _, port := range plane.Shut(plane.Networks, eks.IstiodWebhook) {
		sentence, fix := plane.ShutWebhook(region, port)
		shut = append(shut, resident.Resident{Ingredient: resident.Webhook, Subject: plane.NodeGroup.ID, Sentence: sentence, Fix: fix})
	}
	fail := func(err error) Inside {
		inside.Locked, inside.Residents = err.Error(), shut
		return inside
	}
	definitions, err := plane.Objects.List(ctx, "apiextensions.k8s.io/v1", "CustomResourceDefinition")
	if err != nil {
		return fail(err)
	}
	for _, o := range definitions {
		inside.GatewayAPI = inside.GatewayAPI || strings.HasSuffix(backend.NameOf(o), ".gateway.networking.k8s.io")
	}
	deployments, err := plane.Objects.List(ctx, "apps/v1", "Deployment")
	if err != nil {
		return fail(err)
	}
	for _, o := range deployments {
		inside.LoadBalancerController = inside.LoadBalancerController || backend.LabelsOf(o)["app.kubernetes.io/name"] == "aws-load-balancer-controller"
	}
	residents, err := resident.Look(ctx, plane.Objects, resident.Wanted{GatewayAPI: gatewayAPI, Theirs: inside.GatewayAPI})
	if err != nil {
		return fail(err)
	}
	inside.Residents = append(shut, residents...)
	return inside
}

// eksName is what EKS accepts as the name of a cluster.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, 2026-11-29.
var eksName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

// release is the version in the address of a release of the Gateway API.
var release = regexp.MustCompile(`/download/(v[0-9]+\.[0-9]+\.[0-9]+)/`)

// GatewayAPIVersion is the version of the Gateway API that a source names, "" if it names none.
func GatewayAPIVersion(source string) string {
	if found := release.FindStringSubmatch(source); found != nil {
		return found[1]
	}
	return ""
}

// existingEKS is the key existingEks with what belongs beside it.
func (p *Plan) existingEKS() (o object, doors []string) {
	if p.Inside == nil {
		return nil, nil
	}
	o.set("name", p.EKS, "")
	if group := p.Inside.EKS.NodeGroup; group != nil {
		o.set("nodeSecurityGroupId", group.ID, "the nodes do not carry the group that EKS made")
	}
	if p.Inside.GatewayAPI {
		o.set("gatewayApi", true, "its owner has the definitions")
	}
	if p.Inside.LoadBalancerController {
		o.set("loadBalancerController", true, "its owner runs it")
		doors = []string{"controller"}
	}
	return o, doors
}

// reportInside says what is in the way in the EKS cluster that the stack file names.
func (p *Plan) reportInside() {
	if p.Inside == nil {
		return
	}
	p.Report.note("EKS cluster %s of account %s gets the mesh. The program changes nothing else of it (docs/existing-eks.md)", shown(p.EKS), p.Home().Key)
	if p.Inside.Locked != "" {
		p.Report.yours("existingEks: nobody could look into the cluster, so another Istio, sidecars and plug-ins of its network are not known: %s. Give --kubeconfig, or run `ambient doctor` before the first up as somebody who may", p.Inside.Locked)
	}
	for _, r := range p.Inside.Residents {
		p.Report.Before = append(p.Report.Before, fmt.Sprintf("EKS cluster %s: %s. %s", shown(p.EKS), r.Sentence, capital(r.Fix)))
	}
	if p.Inside.Locked == "" && !p.Inside.LoadBalancerController {
		p.Report.note("EKS cluster %s runs no AWS Load Balancer Controller that is known by its label, so the gateways have load balancers of EKS itself (docs/existing-eks.md#nodes-and-load-balancers)", shown(p.EKS))
	}
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
