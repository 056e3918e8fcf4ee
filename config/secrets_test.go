package config

import (
	"strings"
	"testing"
)

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
		case "license", "chartUsername", "chartPassword", "accounts", "clusters", "pilotEnv", "meshCa":
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
