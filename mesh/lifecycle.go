package mesh

import (
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/mesh/values"
)

// line is text that ends in exactly one line break.
func line(text string) string { return strings.TrimSpace(text) + "\n" }

// authority returns the certificate authority of the configuration, or nil. Every text ends in exactly one line
// break, however the stack file is written, so that white space alone restarts nothing.
func authority(cfg config.Config) *CA {
	if !cfg.MeshCA.IsSet() {
		return nil
	}
	return &CA{
		Certificate: line(cfg.MeshCA.Certificate), Key: line(cfg.MeshCA.Key.Reveal()),
		Chain: line(cfg.MeshCA.ChainOrDefault()), Root: line(cfg.MeshCA.Root),
	}
}

// knownRoot returns the root certificates that the configuration gives, or "".
func (p *Plan) knownRoot() string {
	if p.ca == nil {
		return ""
	}
	return p.ca.Root
}

// Restart returns the annotations of every proxy that needs a new certificate when the authority changes.
func (p *Plan) Restart() map[string]string {
	if p.ca == nil {
		return nil
	}
	return map[string]string{values.AnnotationCA: p.ca.Digest()}
}

// RestartTrusting returns what Restart would with the same authority and other roots, PEM.
func (p *Plan) RestartTrusting(roots string) map[string]string {
	if p.ca == nil {
		return nil
	}
	other := *p.ca
	other.Root = line(roots)
	return (&Plan{ca: &other}).Restart()
}

// revisionLabel is the revision that the program's own gateways name. An istiod without a revision needs no label.
func revisionLabel(cfg config.Config) string {
	if cfg.IstioDefaultRevision == config.UnnamedRevision {
		return ""
	}
	return cfg.IstioDefaultRevision
}
