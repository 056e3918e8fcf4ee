package provider

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func propertiesOf(t *testing.T, m map[string]any) resource.PropertyMap {
	t.Helper()
	p, err := propertyMap("", m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDiffsAreBrokenDownToTheLeavesThatDiffer(t *testing.T) {
	olds := propertiesOf(t, map[string]any{"tags": map[string]any{"a": "1", "b": "2", "c": "3"}, "cidr": "x", "list": []any{"p", "q"}, "same": 1})
	news := propertiesOf(t, map[string]any{"tags": map[string]any{"a": "1", "b": "4", "d": "5"}, "cidr": Unknown, "list": []any{"p"}, "same": 1, "fresh": true})
	state := propertiesOf(t, map[string]any{"same": 2})
	got := diffResponse(Changes{Changed: []string{"tags", "list", "fresh", "same"}, Replace: []string{"cidr"}, Computed: []string{"version"}, DeleteFirst: true}, olds, state, news)

	if got.Changes != pulumirpc.DiffResponse_DIFF_SOME || !got.DeleteBeforeReplace {
		t.Errorf("got %v", got)
	}
	if want := []string{"cidr"}; !slices.Equal(got.Replaces, want) {
		t.Errorf("replaces %v, want %v", got.Replaces, want)
	}
	kinds := map[string]pulumirpc.PropertyDiff_Kind{}
	for path, diff := range got.DetailedDiff {
		kinds[path] = diff.Kind
		if diff.InputDiff != (path != "same" && path != "version") {
			t.Errorf("%s: a drift of the resource is told apart from an edit of its inputs", path)
		}
	}
	want := map[string]pulumirpc.PropertyDiff_Kind{
		"tags.b": pulumirpc.PropertyDiff_UPDATE, "tags.c": pulumirpc.PropertyDiff_DELETE, "tags.d": pulumirpc.PropertyDiff_ADD,
		"list[1]": pulumirpc.PropertyDiff_DELETE, "cidr": pulumirpc.PropertyDiff_UPDATE_REPLACE,
		"fresh": pulumirpc.PropertyDiff_ADD, "same": pulumirpc.PropertyDiff_UPDATE, "version": pulumirpc.PropertyDiff_UPDATE,
	}
	if !maps.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
}

func TestNoChangeIsNoDiff(t *testing.T) {
	if got := diffResponse(Changes{DeleteFirst: true}, nil, nil, nil); got.Changes != pulumirpc.DiffResponse_DIFF_NONE || got.DeleteBeforeReplace {
		t.Errorf("got %v", got)
	}
}

func TestAProviderIsReplacedForAnotherValueOrForOneThatIsNotKnown(t *testing.T) {
	olds := map[string]any{"endpoint": "a", "token": "b", "gone": 1}
	for _, c := range []struct {
		news map[string]any
		want Changes
	}{
		{map[string]any{"endpoint": "a", "token": "c", "gone": 1}, Changes{Changed: []string{"token"}}},
		{map[string]any{"endpoint": "z", "token": "b"}, Changes{Changed: []string{"gone"}, Replace: []string{"endpoint"}}},
		{map[string]any{"endpoint": "a", "token": "b", "gone": 1, "fresh": "d"}, Changes{Changed: []string{"fresh"}}},
		{map[string]any{"endpoint": Unknown, "token": "b", "gone": 1}, Changes{Changed: []string{"endpoint"}}},
		{map[string]any{"endpoint": "a", "token": Unknown, "gone": Unknown}, Changes{Changed: []string{"gone"}, Replace: []string{"token"}}},
		{map[string]any{"endpoint": "a", "token": "b", "gone": 1, "fresh": Unknown}, Changes{Changed: []string{"fresh"}}},
		{map[string]any{"token": "b", "gone": 1}, Changes{Changed: []string{"endpoint"}}},
		{olds, Changes{}},
	} {
		if got := configChanges(olds, c.news, []string{"endpoint", "fresh"}, []string{"token", "fresh"}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.news, got, c.want)
		}
	}
}
