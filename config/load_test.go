package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestUnknownKeysAreRefusedAtEveryDepth(t *testing.T) {
	run(t, []refusal{
		one("of the stack", "licence", "topsecret", "licence is unknown", "did you mean license?"),
		one("of the stack, unlike any other", "colour", "red", "colour is unknown", "the keys here are accounts, addonVersions"),
		one("in another case", "Region", "eu-west-1", "Region is unknown", "did you mean region?"),
		one("of an account", "accounts/local/vpcCIDR", "10.0.0.0/16", "accounts.local.vpcCIDR is unknown", "did you mean vpcCidr?"),
		one("of the subnets", "accounts/external/subnets/privat", list(), "accounts.external.subnets.privat is unknown", "did you mean private?"),
		one("of a cluster", "clusters/ecs-1/services2", object{}, "clusters.ecs-1.services2 is unknown", "did you mean services?"),
		one("of a service", "clusters/ecs-1/services/echo-service/Port", 8081, "clusters.ecs-1.services.echo-service.Port is unknown", "did you mean port?"),
		one("of an egress rule", "clusters/ecs-1/services/echo-service/egress", list(object{"cidr": "10.9.0.0/16", "port": 5432}, object{"cidr": "10.9.0.0/16", "port": 5433, "proto": "tcp"}),
			"clusters.ecs-1.services.echo-service.egress[1].proto is unknown", "cidr, description, port, protocol"),
		one("of the health check", "ztunnelHealthCheck/startPeriode", 1, "ztunnelHealthCheck.startPeriode is unknown", "did you mean startPeriod?"),
	})
}

func TestValuesOfTheWrongTypeAreRefused(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service"
	const field = "clusters.ecs-1.services.echo-service"
	run(t, []refusal{
		one("text for a number", "nodeCount", "two", `nodeCount = "two"`, "must be a whole number"),
		one("fraction for a number", echo+"/cpu", 0.25, field+".cpu = 0.25", "must be a whole number"),
		one("boolean for a number", echo+"/port", true, field+".port = true", "must be a whole number"),
		one("text for a boolean", "protect", "yes", `protect = "yes"`, "must be true or false"),
		one("number for a boolean", echo+"/clientOnly", 1, field+".clientOnly = 1", "must be true or false"),
		one("list for text", echo+"/image", list("a"), field+".image = […]", "must be text"),
		one("object for text", "accounts/local/domain", object{"a": "b"}, "accounts.local.domain = {…}", "must be text"),
		one("text for a list", echo+"/command", "sleep 1", field+".command", "must be a list"),
		one("text for an object", echo+"/environment", "A=B", field+".environment", "must be an object"),
		one("list for an object", "clusters/ecs-1/services", list(), "clusters.ecs-1.services = […]", "must be an object"),
		one("text for a list of the stack", "zoneIds", "euc1-az1", "zoneIds cannot be read", "must be a list"),
		one("object for a list of the stack", "zoneIds", object{}, "zoneIds = {…}", "must be a list"),
		{"two values for one", []edit{{"tags", `{} {}`}}, [][]string{{"tags cannot be read", "must be an object"}}},
	})
}

func TestNoErrorShowsASecret(t *testing.T) {
	const secret = "topsecret"
	for _, values := range []map[string]any{
		with(edit{"license", secret + "\n"}),
		with(edit{"licence", secret}),
		with(edit{"chartPassword", secret}),
		with(edit{"pilotEnv", object{"SOLO_LICENSE_KEY": secret}}),
		with(edit{"pilotEnv", `{"SOLO_LICENSE_KEY": ` + secret}),
		with(edit{"chartRepository", "https://me:" + secret + "@charts.example"}),
		with(edit{"accounts/external/externalId", secret}),
		with(edit{"clusters/ecs-1/services/echo-service/environment", object{"A B": secret}}),
	} {
		_, err := Load(raw(values))
		if err == nil {
			t.Fatal("it was accepted")
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	c := mustLoad(t, with(edit{"license", secret}))
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if strings.Contains(fmt.Sprintf(format, c), secret) {
			t.Errorf("%s of the configuration shows the licence", format)
		}
	}
	if c.License.Reveal() != secret {
		t.Error("the licence got lost")
	}
}

func TestScalarsAreReadAsTheTypeOfTheirField(t *testing.T) {
	c := mustLoad(t, with(
		edit{"accounts/local/id", 111122223333}, // as `pulumi config set --path` stores it
		edit{"clusters/ecs-1/services/echo-service/environment", object{"PORT": 8080, "DEBUG": true, "NAME": "x"}},
		edit{"clusters/ecs-1/services/echo-service/port", "8081"},
		edit{"nodeCount", "3"},
		edit{"protect", "true"},
	))
	echo := c.Clusters["ecs-1"].Services["echo-service"]
	if c.Accounts["local"].ID != "111122223333" || echo.Port != 8081 || c.NodeCount != 3 || !c.Protect {
		t.Errorf("got id %q, port %d, nodes %d, protect %v", c.Accounts["local"].ID, echo.Port, c.NodeCount, c.Protect)
	}
	if e := echo.Environment; e["PORT"] != "8080" || e["DEBUG"] != "true" || e["NAME"] != "x" {
		t.Errorf("environment is %v", e)
	}
}

func TestTextThatArrivesAsItIsNotWrittenIsRefused(t *testing.T) {
	const path = "clusters/ecs-1/services/echo-service/environment"
	const field = "clusters.ecs-1.services.echo-service.environment"
	file := func(written string) StackFile {
		return parseStackFile([]byte("config:\n  ambient-ecs:clusters: {ecs-1: {services: {echo-service: {environment: {V: " + written + "}}}}}\n"))
	}
	for _, c := range []struct {
		name    string
		file    StackFile
		arrives any
		want    string
	}{
		{"more digits than floating point has", file("12345678901234567890"), json.Number("12345678901234567000"), "12345678901234567890"},
		{"octal", file("0755"), 493, "0755"},
		{"a boolean", file("True"), true, "True"},
		{"the same", file("493"), 493, ""},
		{"the same boolean", file("true"), true, ""},
		{"what another file says", file("0777"), 493, ""},
		{"what no file says", StackFile{}, 493, ""},
		{"a fraction that no file says", StackFile{}, 1.1, "1.1"},
		{"a large number that no file says", StackFile{}, json.Number("1000000000000000"), "1000000000000000"},
		{"a date that no file says", StackFile{}, "2024-01-31 00:00:00 +0000 UTC", "2024-01-31 00:00:00 +0000 UTC"},
		{"that text in quotes", file(`"2024-01-31 00:00:00 +0000 UTC"`), "2024-01-31 00:00:00 +0000 UTC", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.file.Load(raw(with(edit{path, object{"V": c.arrives}})))
			switch want := "\n" + field + ".V = " + c.want + ": this is text"; {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
	_, err := file("0755").Load(raw(with(edit{path, object{"V": 493}})), Project+":clusters")
	if err == nil || strings.Contains(err.Error(), "0755 is") || !strings.Contains(err.Error(), field+".V = [secret]: this is text") {
		t.Errorf("an encrypted key is told as %v", err)
	}
}

// The same refusal helps nobody who never set the key, unless it says where the value comes from.
func TestARefusedDefaultIsSaidToBeTheProgramsDefault(t *testing.T) {
	const words = "(the stack file does not set it: this is the program's default)"
	values := raw(with(edit{"kubernetesVersion", "1.35"}))
	for name, c := range map[string]struct {
		file  string
		unset bool
	}{
		"not set":                    {"config:\n  ambient-ecs:istioVersion: 1.28.3-patch0-solo\n", true},
		"set":                        {"config:\n  ambient-ecs:kubernetesVersion: \"1.35\"\n", false},
		"perhaps set elsewhere":      {"environment: [mesh]\nconfig:\n  ambient-ecs:istioVersion: 1.28.3-patch0-solo\n", false},
		"a file that cannot be read": {"config: [\n", false},
	} {
		_, err := parseStackFile([]byte(c.file)).Load(values)
		if err == nil || !strings.Contains(err.Error(), "too new for Istio 1.28.3-patch0-solo") || strings.Contains(err.Error(), words) != c.unset {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysOfOtherNamespacesAreLeftAlone(t *testing.T) {
	values := raw(stack("dev"))
	values["aws:region"] = "us-east-1"
	values["pulumi:disable-default-providers"] = `["*"]`
	values["ambient-ecs-other:region"] = "us-east-1"
	c, err := Load(values)
	if err != nil || c.Region != "eu-central-1" {
		t.Errorf("region %q, error %v", c.Region, err)
	}
}

func TestAnEmptyTextIsAnEmptyObjectOrList(t *testing.T) {
	c := mustLoad(t, with(edit{"zoneIds", ""}, edit{"tags", " "}))
	if len(c.ZoneIDs) != 0 || len(c.Tags) != 0 {
		t.Errorf("zones %v, tags %v", c.ZoneIDs, c.Tags)
	}
}

func TestNullIsNotSet(t *testing.T) {
	values := raw(stack("dev"))
	values["ambient-ecs:tags"] = "null"
	values["ambient-ecs:clusters"] = strings.Replace(values["ambient-ecs:clusters"], `"port":8080`, `"port":8080,"desiredCount":null,"egress":null`, 1)
	c, err := Load(values)
	if err != nil {
		t.Fatal(err)
	}
	if n := c.Clusters["ecs-1"].Services["echo-service"].DesiredCountOrDefault(); n != DefaultDesiredCount {
		t.Errorf("desired count is %d", n)
	}
}

func FuzzLoadNeverPanics(f *testing.F) {
	dev := raw(stack("dev"))
	f.Add(dev["ambient-ecs:accounts"], dev["ambient-ecs:clusters"], dev["ambient-ecs:tags"])
	f.Add(`{"local":null}`, `{"":{"services":{"":{"egress":[null]}}}}`, `[]`)
	f.Add(`{"local":{"subnets":{}}}`, `[1,2]`, `"x"`)
	f.Fuzz(func(t *testing.T, accounts, clusters, tags string) {
		values := maps.Clone(dev)
		values["ambient-ecs:accounts"], values["ambient-ecs:clusters"], values["ambient-ecs:tags"] = accounts, clusters, tags
		_, err := Load(values)
		if err != nil && strings.Contains(err.Error(), "%!") && !strings.Contains(accounts+clusters+tags, "%") {
			t.Errorf("malformed message: %v", err)
		}
	})
}

func TestWhatIsEncryptedIsKnown(t *testing.T) {
	values := raw(stack("dev"))
	c, err := Load(values, "ambient-ecs:clusters", "ambient-ecs:license", "aws:token", "ambient-ecs-other:pilotEnv")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"clusters": true, "license": true, "pilotEnv": false, "accounts": false, "token": false} {
		if got := c.IsSecret(key); got != want {
			t.Errorf("%s is secret: %v", key, got)
		}
	}
}

func TestAnEncryptedValueThatWouldNotStaySecretIsRefused(t *testing.T) {
	for key := range mapOfFields() {
		_, err := Load(raw(stack("dev")), Project+":"+key)
		switch key {
		case "license", "chartUsername", "chartPassword", "accounts", "clusters", "pilotEnv", "meshCa", "ingress", "existingEks":
			if err != nil {
				t.Errorf("%s: %v", key, err)
			}
		default:
			if err == nil || !strings.Contains(err.Error(), "\n"+key+" is encrypted: ") || !strings.Contains(err.Error(), "without --secret") {
				t.Errorf("%s: got %v", key, err)
			}
		}
	}
}

func TestAProblemWithAnEncryptedKeyDoesNotShowItsValue(t *testing.T) {
	const secret = "topsecret"
	values := raw(with(
		edit{"clusters/ecs-1/services/echo-service/environment", "PASSWORD=" + secret},
		edit{"clusters/ecs-1/services/shell-task/command", "login " + secret},
		edit{"tags", object{"a": secret + "&"}},
	))
	_, err := Load(values, Project+":clusters", Project+":tags")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, field := range []string{"clusters.ecs-1.services.echo-service.environment", "clusters.ecs-1.services.shell-task.command", "tags.a"} {
		if !strings.Contains(err.Error(), field+" = [secret]: ") {
			t.Errorf("the refusal of %s is not in:\n%v", field, err)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the values are shown: %v", err)
	}
}
