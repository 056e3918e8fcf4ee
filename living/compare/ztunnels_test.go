package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestIstiodIsOneMinorVersionAheadOfARunningZtunnelAtMost(t *testing.T) {
	const hub = "registry.example:5000/istio/ztunnel:"
	for _, c := range []struct {
		name      string
		control   string
		revisions map[string]string
		running   string
		refused   []string
	}{
		{"the same", "1.28.3-patch0-solo", nil, "1.28.1-solo-distroless", nil},
		{"the next one", "1.29.1-solo", nil, "1.28.1-solo-distroless", nil},
		{"two at once", "1.30.2-solo", nil, "1.28.3-patch0-solo-distroless", []string{`istioVersion = "1.30.2-solo"`, "ztunnel 1.28", "ecs-1/echo-service", "bring up Istio 1.29 first"}},
		{"three at once by a revision", "1.30.2-solo", map[string]string{"1-31-0": "1.31.0-solo", "default": "1.30.2-solo"}, "1.28.1-solo",
			[]string{`istioRevisions.1-31-0 = "1.31.0-solo"`, "bring up Istio 1.29 first"}},
		{"another image", "1.30.2-solo", nil, "main", nil},
		{"back", "1.28.3-patch0-solo", nil, "1.30.2-solo", nil},
	} {
		cfg := dev(t, func(cfg *config.Config) {
			cfg.IstioVersion, cfg.IstioRevisions = c.control, c.revisions
			if c.revisions != nil {
				cfg.IstioDefaultRevision = "1-31-0"
			}
		})
		w := compare.World{Ztunnels: map[string]string{"ecs-1/echo-service": hub + c.running, "ecs-2/echo-service": hub + c.control}}
		_, err := compare.Compare(cfg, w)
		refuses(t, c.name, err, c.refused)
	}
}
