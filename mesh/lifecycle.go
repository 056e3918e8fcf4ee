package mesh

import (
	"strings"

	"ambient-ecs/config"
)

// authority is the certificate authority of the configuration, or nil. Every text ends in one line break, however the
// stack file is written: nothing restarts for a blank.
func authority(cfg config.Config) *CA {
	if !cfg.MeshCA.IsSet() {
		return nil
	}
	line := func(text string) string { return strings.TrimSpace(text) + "\n" }
	return &CA{
		Certificate: line(cfg.MeshCA.Certificate), Key: line(cfg.MeshCA.Key.Reveal()),
		Chain: line(cfg.MeshCA.ChainOrDefault()), Root: line(cfg.MeshCA.Root),
	}
}

// knownRoot is what the workloads trust, where the configuration says it, or "".
func (p *Plan) knownRoot() string {
	if p.ca == nil {
		return ""
	}
	return p.ca.Root
}

// restart is what every proxy carries that must get a new certificate when the authority changes.
func (p *Plan) restart() map[string]string {
	if p.ca == nil {
		return nil
	}
	return map[string]string{AnnotationCA: p.ca.Digest()}
}

// revisionLabel is the revision that the program's own gateways name. The istiod without one needs no name.
func revisionLabel(cfg config.Config) string {
	if cfg.IstioDefaultRevision == config.UnnamedRevision {
		return ""
	}
	return cfg.IstioDefaultRevision
}
