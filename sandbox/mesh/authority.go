package mesh

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// Authority is a certificate authority as its workloads see it: the signing certificate, the chain from there to a
// root, and the roots that workloads are told to trust. All three are PEM text.
//
// istiod reads its authority when it starts. A proxy keeps its certificate and roots until it restarts. (A real proxy
// asks for a new certificate after half of the old one's life, which is twelve hours by default. A sandbox does not
// last that long.)
type Authority struct {
	Certificate string `json:"certificate"`
	Chain       string `json:"chain"`
	Root        string `json:"root"`
}

const (
	// certificateNote is the annotation of a pod with the Authority that it started with.
	certificateNote = "sandbox.ambient-ecs/certificate"
	// certificateProperty is the property of a task with the same.
	certificateProperty = "_certificate"
)

// CredentialsOfPod are the certificate that a pod of the mesh presents and the roots that it trusts: a gateway's own,
// or those that the node's ztunnel holds for the pod. Without a ready proxy there are none.
func CredentialsOfPod(c *api.Cluster, pod api.Object) (Authority, bool) {
	if !isProxy(pod) {
		node := api.String(pod, "spec", "nodeName")
		pod = nil
		for _, proxy := range c.List(api.PodKind, System) {
			if api.Labels(proxy)["app"] == "ztunnel" && api.String(proxy, "spec", "nodeName") == node && api.Ready(proxy) && !api.Deleting(proxy) {
				pod = proxy
			}
		}
		if pod == nil {
			return Authority{}, false
		}
	}
	if known, ok := decodeAuthority(api.Annotations(pod)[certificateNote]); ok {
		return known, true
	}
	// It has just become ready.
	if from := servant(c, pod); from != nil && api.Ready(pod) {
		return authorityOf(c, from), true
	}
	return Authority{}, false
}

// CredentialsOfTask are the certificate that a task's ztunnel presents and the roots that it trusts. There are none
// before the ztunnel is healthy.
func CredentialsOfTask(task *world.Resource) (Authority, bool) {
	return decodeAuthority(task.String(certificateProperty))
}

// Handshake says why two proxies do not accept each other, or returns nil. Each must trust the other's
// authority.
func Handshake(client, server Authority, now time.Time) error {
	if err := server.trustedBy(client.Root, now); err != nil {
		return fmt.Errorf("the client does not accept the server: invalid peer certificate: %w", err)
	}
	if err := client.trustedBy(server.Root, now); err != nil {
		return fmt.Errorf("the server does not accept the client: invalid peer certificate: %w", err)
	}
	return nil
}

// trustedBy checks whether certificates of the authority verify against the roots.
func (a Authority) trustedBy(roots string, now time.Time) error {
	certificate, err := firstCertificate(a.Certificate)
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	options.Roots.AppendCertsFromPEM([]byte(roots))
	options.Intermediates.AppendCertsFromPEM([]byte(a.Chain))
	_, err = certificate.Verify(options)
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errors.New("Expired")
	default:
		return errors.New("UnknownIssuer")
	}
}

func firstCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("BadEncoding")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("BadEncoding: %w", err)
	}
	return certificate, nil
}

// authorityOf is the authority that an istiod found when it started.
func authorityOf(c *api.Cluster, istiod api.Object) Authority {
	if started, ok := decodeAuthority(api.Annotations(istiod)[certificateNote]); ok {
		return started
	}
	return currentAuthority(c)
}

// currentAuthority is the authority that an istiod would find if it started now: the Secret "cacerts", else the
// certificate that istiod signs itself.
func currentAuthority(c *api.Cluster) Authority {
	if plugged := secretData(c, System, pluggedSecret); plugged[RootKey] != "" {
		return Authority{Certificate: plugged["ca-cert.pem"], Chain: plugged["cert-chain.pem"], Root: plugged[RootKey]}
	}
	own := secretData(c, System, caSecret)["ca-cert.pem"]
	return Authority{Certificate: own, Root: own}
}

// keepCertificates notes the authority that every proxy and every istiod started with.
func keepCertificates(c *api.Cluster) {
	for _, pod := range c.List(api.PodKind, "") {
		if !api.Ready(pod) || api.Deleting(pod) || api.Annotations(pod)[certificateNote] != "" {
			continue
		}
		var got Authority
		switch {
		case isIstiod(pod):
			got = currentAuthority(c)
		case isProxy(pod):
			from := servant(c, pod)
			if from == nil {
				continue
			}
			got = authorityOf(c, from)
		}
		if got.Root == "" {
			continue
		}
		pod = api.Copy(pod)
		api.Set(pod, got.encode(), "metadata", "annotations", certificateNote)
		write(c, pod)
	}
}

func isIstiod(pod api.Object) bool {
	return api.Labels(pod)["app"] == "istiod" && api.Namespace(pod) == System
}

// isProxy reports whether a pod has a certificate of its own: a ztunnel, a gateway or a waypoint.
func isProxy(pod api.Object) bool {
	return api.Labels(pod)["app"] == "ztunnel" && api.Namespace(pod) == System || api.Labels(pod)[gatewayNameLabel] != ""
}

func (a Authority) encode() string {
	text, err := json.Marshal(a)
	if err != nil {
		return "" // three texts always encode
	}
	return string(text)
}

func decodeAuthority(text string) (Authority, bool) {
	var a Authority
	if text == "" || json.Unmarshal([]byte(text), &a) != nil {
		return Authority{}, false
	}
	return a, true
}
