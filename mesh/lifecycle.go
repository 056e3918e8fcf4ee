package mesh

import (
	"ambient-ecs/config"
)

// authority is the certificate authority of the configuration, or nil.
func authority(cfg config.Config) *CA {
	if !cfg.MeshCA.IsSet() {
		return nil
	}
	return &CA{
		Certificate: cfg.MeshCA.Certificate, Key: cfg.MeshCA.Key.Reveal(), Chain: cfg.MeshCA.ChainOrDefault(), Root: cfg.MeshCA.Root,
	}
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
