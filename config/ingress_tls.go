package config

import (
	"crypto"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// everybody is every IPv4 address.
const everybody = "0.0.0.0/0"

// numberedField is an element of a list.
func numberedField(field string, n int) string { return fmt.Sprintf("%s[%d]", field, n) }

// checkIngressSources checks who may reach the ingress. Nobody is admitted by an omission.
func (c Config) checkIngressSources(p *problem.List) {
	i := c.Ingress
	if i.SchemeOrDefault() == SchemePublic && len(i.Sources) == 0 {
		p.Missing("ingress.sources", "name the networks of the clients: a public load balancer is open to everybody only if %s is written here", everybody)
	}
	if len(i.Sources) > maxIngressSources {
		p.Refuse("ingress.sources", len(i.Sources), "there may be %d: the controller adds rules for each of them to the nodes' security group", maxIngressSources)
	}
	for n, text := range i.Sources {
		field := numberedField("ingress.sources", n)
		block, err := cidr.Parse(text)
		switch {
		case err != nil:
			p.Because(field, text, err)
		case slices.Contains(i.Sources[:n], text):
			p.Refuse(field, text, "it is there twice")
		case i.SchemeOrDefault() == SchemeInternal && !c.isPrivate(block):
			p.Refuse(field, text, "no client of a public network reaches an internal load balancer: name private networks, or choose the scheme public")
		}
	}
}

// checkIngressBalancer checks what only one of the makers of load balancers serves.
func (c Config) checkIngressBalancer(p *problem.List) {
	i := c.Ingress
	checkAccessLogs(p, "ingress.accessLogs", i.AccessLogs, c.HasDoor(DoorController))
	if (i.AccessLogs != GatewayAccessLogs{}) && i.CertificateARN == "" {
		p.Add("ingress.accessLogs", problem.IsSet, "AWS logs TLS connections that end at a network load balancer, and here they end at the gateway: give certificateArn, or read the gateway's own access log")
	}
	if i.DeletionProtection && !c.HasDoor(DoorController) {
		p.Add("ingress.deletionProtection", problem.IsSet, "the controller that EKS runs does not set it: put controller into gatewayLoadBalancers")
	}
	for _, namespace := range c.ingressNamespaces() {
		tooLong(p, "installName", c.Install, "Kubernetes namespace", namespace, maxLabel)
	}
}

// checkIngressTLS checks the certificate: one of ACM, or one with its key.
func (c Config) checkIngressTLS(p *problem.List) {
	i := c.Ingress
	own := i.Certificate != "" || i.Key != ""
	switch {
	case i.CertificateARN == "" && !own:
		p.Missing("ingress.certificateArn", "users come by HTTPS: give a certificate of ACM, or certificate and key")
	case i.CertificateARN != "" && own:
		p.Refuse("ingress.certificateArn", i.CertificateARN, "TLS ends at the load balancer with it, or at the gateway with certificate and key: choose one")
	}
	if i.CertificateARN != "" {
		c.checkCertificateARN(p)
	}
	if own {
		c.checkIngressCertificate(p)
	}
}

func (c Config) checkCertificateARN(p *problem.List) {
	const field = "ingress.certificateArn"
	arn := c.Ingress.CertificateARN
	parts, home := certificateARN.FindStringSubmatch(arn), c.Accounts[c.Home].ID
	switch {
	case parts == nil:
		p.Refuse(field, arn, "this is no ARN of a certificate of ACM, such as arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")
	case !c.Ingress.On():
	case parts[1] != c.Partition() || parts[2] != c.Region:
		p.Refuse(field, arn, "a load balancer takes certificates of its own region, and that is %s", c.Region)
	case parts[3] != home:
		p.Refuse(field, arn, "a load balancer takes certificates of its own account, and that is home, %s", home)
	}
}

func (c Config) checkIngressCertificate(p *problem.List) {
	const field, key = "ingress.certificate", "ingress.key"
	i := c.Ingress
	if i.Certificate == "" {
		p.Missing(field, "give the certificate of ingress.key as PEM, with the intermediate ones after it")
	}
	if i.Key == "" {
		p.Missing(key, "it proves that the gateway may use the certificate: pulumi config set --secret --path ingress.key")
	} else if !c.IsSecret("ingress") {
		p.Add(key, "is not encrypted", "whoever has this key can pretend to be the hosts: pulumi config set --secret --path ingress.key")
	}
	private, err := parseKey(i.Key.Reveal())
	if i.Key != "" && err != nil {
		p.Refuse(key, i.Key, "%v", err)
	}
	if i.Certificate == "" {
		return
	}
	all, err := parseCertificates(i.Certificate)
	if err != nil {
		p.Add(field, problem.Unread, "%v", err)
		return
	}
	leaf := all[0]
	if now := c.clock(); now.After(leaf.NotAfter) {
		p.Refuse(field, subjects(all[:1]), "it expired on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	for _, host := range slices.Concat(i.HostKeys(), c.teamHosts()) {
		if leaf.VerifyHostname(strings.Replace(host, "*", "any", 1)) != nil {
			p.Refuse(field, subjects(all[:1]), "it is not for the host %s: clients would refuse it", host)
		}
	}
	if signer, ok := private.(crypto.Signer); ok {
		if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(leaf.PublicKey) {
			p.Refuse(key, i.Key, "it is not the key of ingress.certificate (%s)", subjects(all[:1]))
		}
	}
}

// ingressExpires warns of the certificate when it ends soon.
func (c Config) ingressExpires() []string {
	all, err := parseCertificates(c.Ingress.Certificate)
	if err != nil || len(all) == 0 {
		return nil
	}
	left := all[0].NotAfter.Sub(c.clock())
	if left <= 0 || left >= expiresSoon {
		return nil
	}
	return []string{fmt.Sprintf("ingress.certificate: it expires on %s, in %d days: replace it in time",
		all[0].NotAfter.UTC().Format(time.DateOnly), int(left.Hours()/24))}
}

// withoutALPN warns of a host with gRPC services behind a certificate of ACM. A network load balancer that ends TLS and passes on clear text
// negotiates no protocol, and gRPC's own clients refuse such a connection: those of Go do from 1.67 on.
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/ and
// https://github.com/grpc/grpc-go/issues/7922, 2026-12-01)
func (c Config) withoutALPN() (all []string) {
	if !c.Ingress.On() || c.Ingress.CertificateARN == "" {
		return nil
	}
	for _, host := range slices.Sorted(maps.Keys(c.Ingress.Hosts)) {
		var behind []string
		for _, route := range c.Ingress.Hosts[host].Routes {
			for _, name := range slices.Sorted(maps.Keys(route.To)) {
				if d, known := c.IngressBackend(name); known && c.protocolOf(d, d.Port) == protocolGRPC {
					behind = append(behind, name)
				}
			}
		}
		if len(behind) > 0 {
			all = append(all, fmt.Sprintf("ingress.hosts.%s: %s speaks gRPC, and the load balancer that ends TLS with certificateArn negotiates no HTTP/2, which gRPC's clients ask for: "+
				"end TLS at the gateway with certificate and key (docs/ingress.md)", host, strings.Join(slices.Compact(behind), ", ")))
		}
	}
	return all
}
