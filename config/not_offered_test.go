package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestWhatIsNotOfferedSaysWhatThereIs(t *testing.T) {
	at := places()
	at[reflect.TypeFor[Config]()] = []string{""}
	for _, a := range NotOffered() {
		if len(at[a.In]) == 0 {
			t.Errorf("%s stands nowhere in the stack file", a.In)
		}
		for _, key := range a.Keys {
			if _, offered := fieldByKey(a.In, key); offered {
				t.Errorf("%s is a key of %s now: remove it from NotOffered", key, a.In.Name())
				continue
			}
			for _, path := range at[a.In] {
				top, whole := key, any("x")
				if path != "" {
					top, whole = under(path, object{key: "x"})
				}
				want := "\n" + join(strings.ReplaceAll(path, "[]", "[0]"), key) + " is unknown: it is not offered: " + a.Instead
				if _, err := Load(raw(map[string]any{top: whole})); err == nil || !strings.Contains(err.Error()+"\n", want+"\n") {
					t.Errorf("%s in %s is told as\n%v", key, path, err)
				}
			}
		}
	}
}

func TestEachAbsentKeyIsSaidOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range NotOffered() {
		for _, key := range a.Keys {
			if at := a.In.Name() + "." + key; seen[at] {
				t.Errorf("%s is said twice", at)
			} else {
				seen[at] = true
			}
		}
	}
}

// absentTable is the table of docs/reference.md.
func absentTable() string {
	var table strings.Builder
	table.WriteString("\n### What is not offered\n\n| in | key | instead |\n|---|---|---|\n")
	at := places()
	for _, a := range NotOffered() {
		where := ""
		if a.In != reflect.TypeFor[Config]() {
			where = "`" + strings.Join(at[a.In], "`, `") + "`"
		}
		fmt.Fprintf(&table, "| %s | `%s` | %s |\n", where, strings.Join(a.Keys, "`, `"), prose(a.Instead))
	}
	return table.String()
}

func TestAStreamBehindAWaypointIsWarnedOf(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	for port := range tcpPorts {
		warned := func(edits ...edit) bool {
			c := mustLoad(t, with(append(edits, edit{echo + "port", port})...))
			return strings.Contains(strings.Join(c.Warnings(), "\n"), fmt.Sprintf("echo-service: port %d is that of %s", port, tcpPorts[port]))
		}
		if warned() || !warned(edit{"clusters/ecs-1/waypoint", true}) || !warned(edit{echo + "waypoint", true}) {
			t.Errorf("port %d is warned of without a waypoint, or not with one", port)
		}
		if warned(edit{echo + "waypoint", true}, edit{echo + "ports", []any{object{"port": port, "protocol": "tcp"}}}) {
			t.Errorf("port %d is warned of, though it is declared as tcp", port)
		}
		if warned(edit{echo + "waypoint", true}, edit{echo + "ports", []any{object{"port": port, "protocol": "http"}}}) {
			t.Errorf("port %d is warned of, though it is declared as http", port)
		}
	}
	c := mustLoad(t, with(edit{"clusters/ecs-1/waypoint", true}))
	if strings.Contains(strings.Join(c.Warnings(), "\n"), "takes it for HTTP") {
		t.Error("port 8080 is warned of")
	}
}
