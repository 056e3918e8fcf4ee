package doctor

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"ambient-ecs/mesh/bootstrap"
)

const anew = "let it start anew (aws ecs update-service --force-new-deployment, or kubectl rollout restart): it gets the certificate and the roots of now"

// strangers finds two proxies of which one does not accept the other's certificate, as far as their certificates are
// known. Proxies keep the certificates that they got at their start, so a change of the mesh's root can leave one of
// them behind.
func (w *walk) strangers(client, server end) *Finding {
	if client.authority == nil || server.authority == nil {
		return nil
	}
	for _, side := range [][2]end{{client, server}, {server, client}} {
		believer, shown := side[0], side[1]
		err := shown.authority.under(believer.authority.Roots)
		if err == nil {
			continue
		}
		behind := believer
		if shown.authority.under(w.kubernetes.Root) != nil {
			behind = shown
		}
		return missing("certificate", behind.name, anew, "%s does not accept the certificate of %s (%v): %s has that of another root than the mesh's", believer.name, shown.name, err, behind.name)
	}
	return nil
}

// under checks the authority against some roots.
func (a Authority) under(roots string) error {
	block, _ := pem.Decode([]byte(a.Certificate))
	if block == nil {
		return errors.New("it is no certificate")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	options.Roots.AppendCertsFromPEM([]byte(roots))
	options.Intermediates.AppendCertsFromPEM([]byte(a.Chain))
	_, err = certificate.Verify(options)
	return err
}

// rotation finds a token that has only some of the mesh's roots. Its task loses the mesh once the mesh signs with
// another root.
func (w *walk) rotation(d deployed) *Finding {
	b, err := bootstrap.Decode(d.definition.container(ztunnel).Environment[bootstrap.Variable])
	if err != nil {
		return nil // the check of the service has reported it
	}
	have := certificates(b.CACert)
	if !slices.ContainsFunc(certificates(w.kubernetes.Root), func(one string) bool { return !slices.Contains(have, one) }) {
		return nil
	}
	return missing("token-ca", last(d.definition.ARN), remade+": the token is made of the stack's values",
		"caCert in the token of %s lacks a root certificate of the mesh: ztunnel will not trust istiod once that one signs", last(d.definition.ARN))
}

// sharesRoot reports whether two PEM texts have a certificate in common.
func sharesRoot(one, other string) bool {
	known := certificates(other)
	return slices.ContainsFunc(certificates(one), func(c string) bool { return slices.Contains(known, c) })
}

// certificates are those in a text of PEM, without the spaces around them.
func certificates(text string) []string {
	const end = "-----END CERTIFICATE-----"
	var all []string
	for _, part := range strings.Split(text, end) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
