package enrol

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/definition"
)

func by(client Client) Mesh {
	m := mesh()
	m.Client = client
	return m
}

// TestNoPresetLosesTheCredentials looks for the addresses that the SDKs read credentials from.
func TestNoPresetLosesTheCredentials(t *testing.T) {
	for _, client := range Clients {
		environment := client.Environment()
		if client == ClientNone {
			if len(environment) != 0 {
				t.Errorf("none sets %v", environment)
			}
			continue
		}
		for _, address := range []string{"localhost", "127.0.0.1", "169.254.170.2", "169.254.169.254"} {
			if !slices.Contains(strings.Split(environment[EnvNoProxy], ","), address) {
				t.Errorf("%s sends %s to the mesh: %v", client, address, environment)
			}
			for _, option := range strings.Fields(environment[EnvJavaOptions]) {
				if name, hosts, _ := strings.Cut(option, "="); strings.HasSuffix(strings.ToLower(name), "nonproxyhosts") && !slices.Contains(strings.Split(hosts, "|"), address) {
					t.Errorf("%s sends %s to the mesh: %v", client, address, environment)
				}
			}
		}
		if client != DefaultClient && !strings.Contains(environment[EnvNoProxy], "169.254.170.23") {
			t.Errorf("%s sends EKS Pod Identity to the mesh: %v", client, environment)
		}
	}
}

// TestTheDefaultIsWhatTheProgramAlwaysSet guards living services: another value would be a new revision of each.
func TestTheDefaultIsWhatTheProgramAlwaysSet(t *testing.T) {
	want := []variable{{"ALL_PROXY", "socks5h://127.0.0.1:15080"}, {"NO_PROXY", "localhost,127.0.0.1,169.254.170.2,169.254.169.254"}}
	for _, client := range []Client{"", ClientCurl} {
		if got := client.variables(); !slices.Equal(got, want) {
			t.Errorf("%q sets %v", client, got)
		}
		if a, b := string(enrolled(t, small, mesh()).Bytes()), string(enrolled(t, small, by(client)).Bytes()); a != b {
			t.Errorf("%q enrols as\n%s\nnot\n%s", client, b, a)
		}
	}
}

func TestEveryPresetIsTakenBack(t *testing.T) {
	for name, text := range samples(t) {
		for _, from := range Clients {
			once := enrolled(t, text, by(from))
			back, err := Unenrol(once)
			if err != nil || string(back.Bytes()) != text {
				t.Errorf("%s by %s: %v: got\n%s", name, from, err, back.Bytes())
			}
			for _, to := range Clients {
				changed := string(enrolled(t, string(once.Bytes()), by(to)).Bytes())
				if want := string(enrolled(t, text, by(to)).Bytes()); changed != want {
					t.Errorf("%s, from %s to %s: got\n%s\nwant\n%s", name, from, to, changed, want)
				}
			}
		}
	}
}

func TestAChangedPresetIsStale(t *testing.T) {
	stamp, _, err := StampOf(enrolled(t, small, by(ClientJava)))
	if err != nil {
		t.Fatal(err)
	}
	for client, want := range map[Client][]string{ClientJava: nil, ClientCurl: {"client"}, "": {"client"}, ClientGo: {"client"}} {
		if got := stamp.Stale(orders, by(client)); !slices.Equal(got, want) {
			t.Errorf("enrolled for java, %q is stale by %v", client, got)
		}
	}
	stamp, _, _ = StampOf(enrolled(t, small, mesh()))
	if got := stamp.Stale(orders, by(ClientCurl)); got != nil {
		t.Errorf("the default is stale by %v", got)
	}
}

func TestOptionsOfATeamsOwnStayAndAreNoted(t *testing.T) {
	for options, noted := range map[string]bool{
		"-Xmx256m": true, "-Xmx256m -DsocksProxyHost=127.0.0.1 -DsocksProxyPort=15080": false,
		"-DsocksProxyHost=127.0.0.1 -DsocksProxyPort=150": true, "-DsocksProxyHost=127.0.0.11 -DsocksProxyPort=15080": true,
	} {
		text := strings.Replace(with("", ""), `"name": "MODE", "value": "live"`, `"name": "JAVA_TOOL_OPTIONS", "value": "`+options+`"`, 1)
		d, notes, err := Enrol(parse(t, text), orders, by(ClientJava))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := valueOf(d.ContainerDefinitions[0], EnvJavaOptions); got != options {
			t.Errorf("the options are %q", got)
		}
		if got := strings.Contains(strings.Join(notes, "\n"), "JAVA_TOOL_OPTIONS itself") && strings.Contains(strings.Join(notes, "\n"), "Add to it: -DsocksProxyHost=127.0.0.1 "); got != noted {
			t.Errorf("%s: the notes are %q", options, notes)
		}
	}
}

func TestAnUnknownClientIsRefused(t *testing.T) {
	_, _, err := Enrol(parse(t, small), orders, by("perl"))
	if err == nil || !strings.Contains(err.Error(), `mesh.Client = "perl"`) || !strings.Contains(err.Error(), "dotnet") {
		t.Errorf("got %v", err)
	}
}

// routed is small with a log router of FireLens and a collector of traces.
const routed = `{"name": "log-router", "image": "fluent-bit:1", "firelensConfiguration": {"type": "fluentbit"}}, {"name": "otel", "image": "otel:1"}`

// proxies are the variables of presets that each container has.
func proxies(t *testing.T, text string, m Mesh) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, c := range enrolled(t, text, m).ContainerDefinitions {
		for _, v := range c.Environment {
			if name := definition.Text(v.Name); Sets(name) {
				all[definition.Text(c.Name)] = append(all[definition.Text(c.Name)], name)
			}
		}
	}
	return all
}

// Fluent Bit takes an HTTP proxy only, and does not start with the address of another.
func TestTheLogRouterHasNoPreset(t *testing.T) {
	for _, client := range Clients {
		if got := proxies(t, with(routed, ""), by(client))["log-router"]; got != nil {
			t.Errorf("by %s the log router has %v", client, got)
		}
	}
	m := by(ClientGo)
	m.Clients = map[string]Client{"log-router": ClientCurl}
	if got := proxies(t, with(routed, ""), m)["log-router"]; !slices.Equal(got, []string{EnvAllProxy, EnvNoProxy}) {
		t.Errorf("a log router that is named has %v", got)
	}
}

func TestAContainerHasThePresetThatItIsGiven(t *testing.T) {
	m := by(ClientGo)
	m.Clients = map[string]Client{"otel": ClientNone}
	got := proxies(t, with(routed, ""), m)
	if got["otel"] != nil || !slices.Equal(got["a"], []string{EnvAllProxy, EnvNoProxy, EnvHTTPProxy, EnvHTTPSProxy}) {
		t.Errorf("the containers have %v", got)
	}
	// A collector that had the preset of all loses it, and everything is taken back.
	before := enrolled(t, with(routed, ""), by(ClientGo))
	again := enrolled(t, string(before.Bytes()), m)
	if want := enrolled(t, with(routed, ""), m); string(again.Bytes()) != string(want.Bytes()) {
		t.Errorf("got\n%s\nwant\n%s", again.Bytes(), want.Bytes())
	}
	if back, err := Unenrol(again); err != nil || string(back.Bytes()) != with(routed, "") {
		t.Errorf("%v: got\n%s", err, back.Bytes())
	}
	for name, d := range map[string]*definition.Definition{"before": before, "with clients": again} {
		stamp, _, err := StampOf(d)
		if err != nil {
			t.Fatal(err)
		}
		other := m
		if name == "with clients" {
			other = by(ClientGo)
		}
		if got := stamp.Stale(orders, other); !slices.Equal(got, []string{"clients"}) {
			t.Errorf("%s: stale by %v", name, got)
		}
	}
	m.Clients = map[string]Client{"nobody": ClientGo, "ztunnel": ClientGo, "otel": "perl"}
	_, _, err := Enrol(parse(t, with(routed, "")), orders, m)
	for _, want := range []string{`mesh.Clients.nobody = "go": the definition has no container`, `mesh.Clients.ztunnel = "go"`, `mesh.Clients.otel = "perl"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A log router that an earlier version gave a preset loses it when it is enrolled again.
func TestALogRouterThatHadAPresetLosesIt(t *testing.T) {
	m := by(ClientGo)
	m.Clients = map[string]Client{"log-router": ClientGo}
	old := string(enrolled(t, with(routed, ""), m).Bytes())
	if got, want := string(enrolled(t, old, by(ClientGo)).Bytes()), string(enrolled(t, with(routed, ""), by(ClientGo)).Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
