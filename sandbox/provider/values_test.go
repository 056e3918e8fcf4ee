package provider

import (
	"reflect"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func TestValuesComeBackAsTheyWentOut(t *testing.T) {
	values := map[string]any{
		"text": "a", "number": float64(3), "yes": true, "later": Unknown,
		"list":   []any{"b", Unknown, map[string]any{"c": false}},
		"object": map[string]any{"nested": []any{}},
	}
	encoded, err := encode("values", values)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := decode("values", encoded)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, values) {
		t.Errorf("got %v, want %v", got, values)
	}
}

func TestTypedContainersAreSentAsPlainOnes(t *testing.T) {
	encoded, err := encode("values", map[string]any{"names": []string{"a"}, "tags": map[string]string{"k": "v"}, "size": 7})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := decode("values", encoded)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"names": []any{"a"}, "tags": map[string]any{"k": "v"}, "size": float64(7)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAValueThatTheEngineDoesNotKnowIsNamedByItsPath(t *testing.T) {
	_, err := encode("state", map[string]any{"a": []any{1, func() {}}})
	if err == nil || err.Error() != "state.a[1]: a func() cannot be sent to the engine" {
		t.Errorf("got %v", err)
	}
}

func TestHandlersSeeNeitherSecretsNorNulls(t *testing.T) {
	sent, err := plugin.MarshalProperties(resource.PropertyMap{
		"password": resource.MakeSecret(resource.NewStringProperty("p")),
		"absent":   resource.NewNullProperty(),
		"output":   resource.NewOutputProperty(resource.Output{Known: true, Secret: true, Element: resource.NewStringProperty("o")}),
		"later":    resource.NewOutputProperty(resource.Output{Element: resource.NewStringProperty("")}),
	}, plugin.MarshalOptions{KeepSecrets: true, KeepUnknowns: true, KeepOutputValues: true})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := decode("inputs", sent)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"password": "p", "output": "o", "later": Unknown}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHasUnknownLooksAtEveryDepth(t *testing.T) {
	for _, c := range []struct {
		value any
		want  bool
	}{
		{Unknown, true}, {"", false}, {nil, false}, {[]any{1, []any{Unknown}}, true},
		{map[string]any{"a": map[string]any{"b": Unknown}}, true}, {map[string]any{"a": []any{}}, false},
	} {
		if got := HasUnknown(c.value); got != c.want {
			t.Errorf("HasUnknown(%v) = %v", c.value, got)
		}
	}
}
