package enrol

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/tests/golden"
)

var orders = Identity{Namespace: "shop", ServiceAccount: "orders"}

func mesh() Mesh {
	return Mesh{
		Region: "eu-central-1", LogGroup: "/ecs/shop",
		Image: "us-docker.pkg.dev/soloio-img/istio/ztunnel:1.29.1-solo-distroless", Token: "ZXhhbXBsZQ==",
		Health: Health{Interval: 5, Timeout: 5, Retries: 3, StartPeriod: 300},
	}
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t testing.TB, text string) *definition.Definition {
	t.Helper()
	d, err := definition.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

func enrolled(t testing.TB, text string, mesh Mesh) *definition.Definition {
	t.Helper()
	d, _, err := Enrol(parse(t, text), orders, mesh)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// samples are definitions without ztunnel, in the layouts in which they are found.
func samples(t testing.TB) map[string]string {
	t.Helper()
	compact := func(text string) string {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	orders, described := file(t, "orders.json"), file(t, "described.json")
	all := ofTeams(t)
	maps.Copy(all, map[string]string{
		"orders": orders, "described": described, "one line": compact(orders), "described in one line": compact(described),
		"tabs": strings.ReplaceAll(orders, "    ", "\t"), "carriage returns": strings.ReplaceAll(orders, "\n", "\r\n"),
		"nulls": `{"family":"a","networkMode":"awsvpc","cpu":"256","memory":"512","ipcMode":null,"containerDefinitions":[
  {"name":"a","image":"a","dependsOn": null ,"environment" : null,"repositoryCredentials":null,"portMappings":null,"later":null}]}`,
		"empty lists": `{"family":"a","networkMode":"awsvpc","cpu":"256","memory":"512","containerDefinitions":[ {"name":"a","image":"a","dependsOn":[ ],"environment":[],"later":{"x":1.50}} ]}`,
	})
	return all
}

// ofTeams are definitions as teams have them; package config says what becomes of each. Those with App Mesh and Windows are refused.
func ofTeams(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../../config/testdata/real/*.json")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	all := map[string]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(path); name != "app-mesh.json" && name != "windows.json" {
			all[name] = string(text)
		}
	}
	return all
}

func TestEnrolledDefinitionsMatchTheirGoldenFiles(t *testing.T) {
	for _, name := range []string{"orders", "described"} {
		text := string(enrolled(t, file(t, name+".json"), mesh()).Bytes())
		golden.Check(t, filepath.Join("testdata", name+".enrolled.json"), text, "Whoever renders definitions in a pipeline sees this difference.")
	}
}

func TestUnenrolGivesTheBytesBack(t *testing.T) {
	for name, text := range samples(t) {
		back, err := Unenrol(enrolled(t, text, mesh()))
		if err != nil {
			t.Fatal(name, err)
		}
		if string(back.Bytes()) != text {
			t.Errorf("%s: got\n%s\nwant\n%s", name, back.Bytes(), text)
		}
	}
}

func TestEnrollingTwiceChangesNothing(t *testing.T) {
	for name, text := range samples(t) {
		once := string(enrolled(t, text, mesh()).Bytes())
		if twice := string(enrolled(t, once, mesh()).Bytes()); twice != once {
			t.Errorf("%s: once\n%s\ntwice\n%s", name, once, twice)
		}
	}
}

// TestAnyWhiteSpaceIsKept puts random white space between the tokens of a definition.
func TestAnyWhiteSpaceIsKept(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, text := range samples(t) {
		for range 15 {
			spaced := respace(text, random)
			once := enrolled(t, spaced, mesh())
			back, err := Unenrol(once)
			if err != nil || string(back.Bytes()) != spaced {
				t.Fatalf("%s: %v: got\n%s\nwant\n%s", name, err, back.Bytes(), spaced)
			}
			if twice := enrolled(t, string(once.Bytes()), mesh()); string(twice.Bytes()) != string(once.Bytes()) {
				t.Fatalf("%s: once\n%s\ntwice\n%s", name, once.Bytes(), twice.Bytes())
			}
		}
	}
}

// respace writes other white space around the punctuation of a JSON text.
func respace(text string, random *rand.Rand) string {
	spaces := []string{"", "", " ", "\n", "\t", "\r\n  ", "   "}
	var out strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\':
			out.WriteByte(c)
			i++
			c = text[i]
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte(" \t\r\n", c) >= 0:
			continue
		case strings.IndexByte("{}[],:", c) >= 0:
			out.WriteString(spaces[random.IntN(len(spaces))])
			out.WriteByte(c)
			out.WriteString(spaces[random.IntN(len(spaces))])
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

func FuzzEnrolAndUnenrolAreInverse(f *testing.F) {
	for _, text := range samples(f) {
		f.Add([]byte(text), "ALL_PROXY", 0)
	}
	f.Fuzz(func(t *testing.T, text []byte, label string, memory int) {
		x, err := definition.Parse(text)
		if err != nil {
			return
		}
		if string(x.Bytes()) != string(text) {
			t.Fatalf("parsed to\n%s\nfrom\n%s", x.Bytes(), text)
		}
		m := mesh()
		m.Labels, m.Ztunnel.Memory = map[string]string{label: label}, memory
		once, _, err := Enrol(x, orders, m)
		if err != nil {
			return
		}
		twice, _, err := Enrol(once, orders, m)
		if err != nil || string(twice.Bytes()) != string(once.Bytes()) {
			t.Fatalf("%v: once\n%s\ntwice\n%s", err, once.Bytes(), twice.Bytes())
		}
		back, err := Unenrol(once)
		if err != nil {
			t.Fatalf("%v\n%s", err, once.Bytes())
		}
		if ztunnelOf(x) == nil && string(back.Bytes()) != string(text) {
			t.Fatalf("got\n%s\nwant\n%s", back.Bytes(), text)
		}
		if ztunnelOf(back) != nil {
			t.Fatalf("ztunnel is still there:\n%s", back.Bytes())
		}
		if waves, circle := once.Waves(); len(circle) > 0 || !slices.Equal(waves[0], []string{ZtunnelName}) {
			t.Fatalf("the containers start as %v, %v", waves, circle)
		}
	})
}
