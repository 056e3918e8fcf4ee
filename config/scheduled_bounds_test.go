package config

import (
	"strings"
	"testing"
)

func TestABoundBesideAScheduledOneIsTold(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	n := func(n int) *int { return &n }
	scales := func(schedules object) Config {
		return mustLoad(t, with(edit{echo + "scaling", object{"min": n(1), "max": n(4), "cpu": n(60), "schedules": schedules}}))
	}
	at := func(more object) object {
		more["schedule"] = "rate(1 day)"
		return more
	}
	for _, c := range []struct {
		name      string
		schedules object
		want      string
	}{
		{"min alone", object{"morning": at(object{"min": 2})}, "schedules set min. When you change max later, run `pulumi up --refresh`"},
		{"max alone", object{"night": at(object{"max": 2})}, "schedules set max. When you change min later, run `pulumi up --refresh`"},
		{"both", object{"morning": at(object{"min": 2}), "night": at(object{"max": 2})}, ""},
		{"none", object{}, ""},
	} {
		loaded := scales(c.schedules)
		told := strings.Join(loaded.Notices(Lives{}), "\n")
		if c.want == "" && strings.Contains(told, "schedules set") || !strings.Contains(told, c.want) {
			t.Errorf("%s: %s", c.name, told)
		}
		if told := strings.Join(loaded.Notices(Lives{Members: map[string]bool{"ecs-1/echo-service": true}}), "\n"); strings.Contains(told, "schedules set") {
			t.Errorf("%s: a living service is told %s", c.name, told)
		}
	}
}
