package mesh

import (
	"google.golang.org/protobuf/proto"
	extensions "istio.io/api/extensions/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	networkingbeta "istio.io/api/networking/v1beta1"
	security "istio.io/api/security/v1beta1"
	telemetry "istio.io/api/telemetry/v1alpha1"
	"istio.io/istio/pkg/config/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// istioKind is one of Istio's kinds: its specification, and istiod's own check of it.
type istioKind struct {
	spec     proto.Message
	validate validation.ValidateFunc
}

// istioKinds are the kinds that istiod's webhook checks, in any version.
//
// This is Istio's collections.Pilot without EnvoyFilter. Istio's own table links the check of EnvoyFilter, which links
// 360 packages of Envoy's API, a third of what the sandbox would compile. The program creates no EnvoyFilter.
var istioKinds = map[schema.GroupKind]istioKind{
	{Group: "extensions.istio.io", Kind: "WasmPlugin"}:          {&extensions.WasmPlugin{}, validation.ValidateWasmPlugin},
	{Group: "networking.istio.io", Kind: "DestinationRule"}:     {&networking.DestinationRule{}, validation.ValidateDestinationRule},
	{Group: "networking.istio.io", Kind: "Gateway"}:             {&networking.Gateway{}, validation.ValidateGateway},
	{Group: "networking.istio.io", Kind: "ProxyConfig"}:         {&networkingbeta.ProxyConfig{}, validation.ValidateProxyConfig},
	{Group: "networking.istio.io", Kind: "ServiceEntry"}:        {&networking.ServiceEntry{}, validation.ValidateServiceEntry},
	{Group: "networking.istio.io", Kind: "Sidecar"}:             {&networking.Sidecar{}, validation.ValidateSidecar},
	{Group: "networking.istio.io", Kind: "VirtualService"}:      {&networking.VirtualService{}, validation.ValidateVirtualService},
	{Group: "networking.istio.io", Kind: "WorkloadEntry"}:       {&networking.WorkloadEntry{}, validation.ValidateWorkloadEntry},
	{Group: "networking.istio.io", Kind: "WorkloadGroup"}:       {&networking.WorkloadGroup{}, validation.ValidateWorkloadGroup},
	{Group: "security.istio.io", Kind: "AuthorizationPolicy"}:   {&security.AuthorizationPolicy{}, validation.ValidateAuthorizationPolicy},
	{Group: "security.istio.io", Kind: "PeerAuthentication"}:    {&security.PeerAuthentication{}, validation.ValidatePeerAuthentication},
	{Group: "security.istio.io", Kind: "RequestAuthentication"}: {&security.RequestAuthentication{}, validation.ValidateRequestAuthentication},
	{Group: "telemetry.istio.io", Kind: "Telemetry"}:            {&telemetry.Telemetry{}, validation.ValidateTelemetry},
}
