package contract

import (
	"reflect"
	"strings"
	"testing"
)

func TestWhatAnOwnerSetsComesBackAsItWasWritten(t *testing.T) {
	want := OwnedService{
		Version: Version, Cluster: "Apps-Prod", Service: "Billing_API", Identity: "prod/billing", Tags: map[string]string{"ecs.solo.io/namespace": "mesh-prod"},
		PropagateTags: "SERVICE", EnableECSManagedTags: true, SubnetIDs: []string{"subnet-1"}, SecurityGroupIDs: []string{"sg-1"}, Given: "image=1 istiod=2",
	}
	got, err := ParseOwned(want.JSON())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: got\n%+v, want\n%+v", err, got, want)
	}
}

func TestAnotherVersionOfWhatAnOwnerSetsIsRefused(t *testing.T) {
	for text, want := range map[string]string{`{"version": 2}`: "version 2", `{`: "cannot be read"} {
		if _, err := ParseOwned(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q in it", text, err, want)
		}
	}
}
