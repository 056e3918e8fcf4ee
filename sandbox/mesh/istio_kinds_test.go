package mesh

import (
	"reflect"
	"testing"

	"istio.io/istio/pkg/config/schema/collections"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestIstiosKindsAreThoseOfItsOwnTable(t *testing.T) {
	theirs := map[schema.GroupKind]bool{}
	for _, known := range collections.Pilot.All() {
		kind := schema.GroupKind{Group: known.Group(), Kind: known.Kind()}
		if kind.Kind == "EnvoyFilter" {
			continue
		}
		theirs[kind] = true
		ours, ok := istioKinds[kind]
		if !ok {
			t.Errorf("%s is missing", kind)
			continue
		}
		spec, err := known.NewInstance()
		if err != nil {
			t.Fatal(err)
		}
		if want, got := reflect.TypeOf(spec), reflect.TypeOf(ours.spec); got != want {
			t.Errorf("%s is a %v, want %v", kind, got, want)
		}
	}
	for kind := range istioKinds {
		if !theirs[kind] {
			t.Errorf("%s is not in Istio's table", kind)
		}
	}
}
