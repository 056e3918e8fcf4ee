package chart_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	_ "istio.io/istio/pilot/pkg/features" // registers istiod's variables
	"istio.io/istio/pkg/env"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
)

// defaultsKey is where Istio's charts keep their defaults.
const defaultsKey = "_internal_defaults_do_not_set"

// soloOnly are the keys that only Solo's charts read, by chart. The tests render upstream's charts, which ignore
// these keys. Package mesh models what Solo's charts do with them, and for each key upstream's charts know
// another way.
var soloOnly = map[string]string{
	"istiod platforms.ecs.accounts": "the ECS accounts of istiod's discovery; the other way is the variable ECS_ACCOUNTS",
	"istiod license.secretRef":      "the Secret with the licence; the other way is a variable from a Secret",
}

// elsewhere are the keys that upstream's charts read without naming them among their defaults, by chart.
var elsewhere = map[string]string{
	"istiod profile":                       "read before the defaults are merged",
	"cni profile":                          "read before the defaults are merged",
	"ztunnel profile":                      "read before the defaults are merged",
	"istiod meshConfig.accessLogFile":      "meshConfig is handed on whole; Istio's own type checks its keys",
	"istiod meshConfig.trustDomain":        "meshConfig is handed on whole; Istio's own type checks its keys",
	"istiod meshConfig.pathNormalization":  "meshConfig is handed on whole; Istio's own type checks its keys",
	"ztunnel podAnnotations":               "all of them are put on the pods, beside those of the defaults",
	"istiod meshConfig.extensionProviders": "meshConfig is handed on whole; Istio's own type checks its keys",
}

// leaf is the way to one value: keys of maps and indices of lists.
type leaf []any

func (l leaf) String() string {
	var words []string
	for _, step := range l {
		words = append(words, fmt.Sprint(step))
	}
	return strings.Join(words, ".")
}

// under finds the entry of a list of keys that the leaf is at or below.
func (l leaf) under(list map[string]string, chart string) (entry string, found bool) {
	for _, entry := range slices.Sorted(maps.Keys(list)) {
		if at := chart + " " + l.String(); at == entry || strings.HasPrefix(at, entry+".") {
			return entry, true
		}
	}
	return "", false
}

func leaves(value any) []leaf {
	var all []leaf
	add := func(step, value any) {
		for _, below := range leaves(value) {
			all = append(all, append(leaf{step}, below...))
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			add(key, value[key])
		}
	case []any:
		for i, entry := range value {
			add(i, entry)
		}
	default:
		return []leaf{{}}
	}
	return all
}

// known reports whether a chart's defaults have a key. An empty map and a list are the user's to fill.
func known(defaults any, l leaf) bool {
	for _, step := range l {
		fields, ok := defaults.(map[string]any)
		if !ok {
			_, list := defaults.([]any)
			return list
		}
		if len(fields) == 0 {
			return true
		}
		if defaults, ok = fields[step.(string)]; !ok {
			return false
		}
	}
	return true
}

func TestEveryKeyIsOneThatItsChartKnows(t *testing.T) {
	used := map[string]bool{}
	each(t, func(t *testing.T, r release) {
		c, err := chart.Locate(r.Chart, "https://charts.example", upstream)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range leaves(r.Values) {
			entry, excused := l.under(soloOnly, r.Chart)
			if !excused {
				entry, excused = l.under(elsewhere, r.Chart)
			}
			used[entry] = true
			switch inDefaults := known(c.Values[defaultsKey], l); {
			case excused && inDefaults:
				t.Errorf("chart %s knows the key %s, which is excused by %q", r.Chart, l, entry)
			case !excused && !inDefaults:
				t.Errorf("chart %s does not know the key %s: it would ignore it without a word", r.Chart, l)
			}
		}
	})
	for _, list := range []map[string]string{soloOnly, elsewhere} {
		for _, entry := range slices.Sorted(maps.Keys(list)) {
			if !used[entry] {
				t.Errorf("%q is excused, and no value needs it", entry)
			}
		}
	}
}

// soloVariables are the variables that only Solo's istiod reads.
var soloVariables = []string{"ECS_ACCOUNTS", "ECS_DISCOVERY_BURST_LIMIT", "ECS_DISCOVERY_RATE_LIMIT"}

// A chart passes any variable on. Istio's own code registers the variables that it reads, and is linked here.
func TestEveryVariableIsOneThatIstiodReads(t *testing.T) {
	read := map[string]bool{}
	for _, variable := range env.VarDescriptions() {
		read[variable.Name] = true
	}
	each(t, func(t *testing.T, r release) {
		for _, name := range slices.Sorted(maps.Keys(api.Map(r.Values, "env"))) {
			if read[name] == slices.Contains(soloVariables, name) {
				t.Errorf("variable %s: upstream's istiod reads it: %v", name, read[name])
			}
		}
	})
}

// A key has an effect if the objects of at least one golden file change without it. A hub, for example, has none
// beside an image that is named in full. The ConfigMap with a copy of all values does not count.
func TestEveryKeyDoesSomething(t *testing.T) {
	does := map[string]bool{}
	each(t, func(t *testing.T, r release) {
		for _, l := range leaves(r.Values) {
			key := r.Chart + " " + l.String()
			if _, excused := l.under(soloOnly, r.Chart); !excused {
				does[key] = does[key] || matters(t, upstream, r, l)
				continue
			}
			does[key] = true
			if matters(t, upstream, r, l) {
				t.Errorf("upstream's chart %s reads %s, so it is not Solo's alone", r.Chart, l)
			}
			if !matters(t, solo, r, l) {
				t.Errorf("Solo's chart %s does not read %s", r.Chart, l)
			}
		}
	})
	for _, key := range slices.Sorted(maps.Keys(does)) {
		if !does[key] {
			t.Errorf("chart and key %s: another value changes nothing", key)
		}
	}
}

// matters reports whether another value of a key gives other objects, or none at all.
func matters(t *testing.T, version string, r release, l leaf) bool {
	t.Helper()
	before, err := render(version, r)
	if err != nil {
		t.Fatal(err)
	}
	other := r
	other.Values = api.Copy(r.Values)
	change(other.Values, l)
	after, err := render(version, other)
	return err != nil || text(t, withoutCopy(before)) != text(t, withoutCopy(after))
}

func withoutCopy(objects []api.Object) []api.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o api.Object) bool {
		return api.KindOf(o).Kind == "ConfigMap" && (api.Name(o) == "values" || strings.HasPrefix(api.Name(o), "values-"))
	})
}

// change puts another value of the same type at a leaf.
func change(values any, l leaf) {
	step, below := l[0], l[1:]
	get, set := func() any { return values.([]any)[step.(int)] }, func(v any) { values.([]any)[step.(int)] = v }
	if fields, ok := values.(map[string]any); ok {
		get, set = func() any { return fields[step.(string)] }, func(v any) { fields[step.(string)] = v }
	}
	if len(below) > 0 {
		change(get(), below)
		return
	}
	switch value := get().(type) {
	case bool:
		set(!value)
	default:
		set(fmt.Sprint(value) + "-other")
	}
}
