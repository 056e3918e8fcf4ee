package run

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"testing"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
)

func certificate(text string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(text)}))
}

func TestATokenMustHaveTheRootsThatIstiodPublishes(t *testing.T) {
	token := func(roots string) string {
		data, err := json.Marshal(map[string]string{"caCert": roots})
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(data)))
	}
	a, b := certificate("root a"), certificate("root b")
	for name, c := range map[string]struct {
		token, published string
		want             Verdict
	}{
		"the same":                 {token(a), a, Right},
		"the same in other order":  {token(a + b), b + "\n" + a, Right},
		"one that is trusted less": {token(a), a + b, Wrong},
		"another":                  {token(a), b, Wrong},
		"nothing published":        {token(a), "", Wrong},
		"no token":                 {"", a, Wrong},
	} {
		t.Run(name, func(t *testing.T) {
			r := &runner{facts: facts{configMaps: fact[[]backend.Object]{value: []backend.Object{{
				"metadata": map[string]any{"namespace": "shop", "name": rootMap}, "data": map[string]any{rootKey: c.published},
			}}}}}
			if got, _, why := r.trust(cases.Case{Kind: cases.Trust, Namespace: "shop", Token: c.token}); got != c.want {
				t.Errorf("%v: %s", got, why)
			}
		})
	}
}

func TestCallersOfASharedNameAreToldWhatIsDeclared(t *testing.T) {
	for name, c := range map[string]struct {
		annotation string
		prefers    bool
		want       Verdict
	}{
		"near, as declared":   {"PreferSameZone", true, Right},
		"any, as declared":    {"", false, Right},
		"nothing said":        {"", true, Wrong},
		"near, not declared":  {"PreferSameZone", false, Wrong},
		"something else said": {"PreferSameNode", false, Wrong},
	} {
		t.Run(name, func(t *testing.T) {
			r := &runner{facts: facts{namespaces: fact[[]backend.Object]{value: []backend.Object{{
				"metadata": map[string]any{"name": "shop", "annotations": map[string]any{distribution: c.annotation}},
			}}}}}
			if got, _, why := r.locality(cases.Case{Kind: cases.Locality, Namespace: "shop", Prefers: c.prefers}); got != c.want {
				t.Errorf("%v: %s", got, why)
			}
		})
	}
}
