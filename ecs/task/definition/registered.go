package definition

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/tailscale/hujson"

	"ambient-ecs/ecs/task/document"
)

// Registered is the container definitions as the program registers them: JSON in one line, the same for every text that
// means the same to ECS. What ECS fills in is filled in (essential, a port's host port and protocol, a health check's times).
// What it reads back for a member that was not set is left out (empty lists and objects, a CPU of 0), and what is null. Variables and secrets
// are sorted by name, because ECS does not keep their order. Containers keep theirs.
func (d *Definition) Registered() string {
	body := d.body.Clone()
	document.DropNulls(&body)
	var text bytes.Buffer
	list := reflect.TypeFor[[]types.ContainerDefinition]()
	write(&text, document.Member(&body, containerDefinitions), list)
	return text.String()
}

// defaults are what ECS fills in where a member is not set, by the type of the object.
var defaults = map[reflect.Type][]struct{ member, value string }{
	reflect.TypeFor[types.ContainerDefinition](): {{"essential", "true"}},
	reflect.TypeFor[types.PortMapping]():         {{"protocol", `"tcp"`}},
	reflect.TypeFor[types.HealthCheck]():         {{"interval", "30"}, {"timeout", "5"}, {"retries", "3"}},
}

// order is the order in which the members of an object are written. Members that are not in it come last, by name.
var order = []string{
	"name", "image", "essential", "repositoryCredentials", "cpu", "memory", "memoryReservation", "user", "workingDirectory", "entryPoint",
	"command", "portMappings", "containerPort", "hostPort", "protocol", "appProtocol", "environment", "environmentFiles", "secrets",
	"dockerLabels", "dependsOn", "containerName", "condition", "interval", "timeout", "retries", "startPeriod", "startTimeout", "stopTimeout",
	"healthCheck", "linuxParameters", "readonlyRootFilesystem", "mountPoints", "volumesFrom", "logConfiguration", "logDriver", "options",
}

func rank(member string) int {
	if i := slices.Index(order, member); i >= 0 {
		return i
	}
	return len(order)
}

// write appends the registered form of a value and reports whether there is anything of it.
func write(text *bytes.Buffer, v *hujson.Value, t reflect.Type) {
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch value := v.Value.(type) {
	case *hujson.Object:
		text.WriteByte('{')
		for i, m := range settle(value, t) {
			if i > 0 {
				text.WriteByte(',')
			}
			name := document.Text(&m.Name)
			text.Write(document.Encode(name))
			text.WriteByte(':')
			write(text, &m.Value, typeOf(t, name))
		}
		text.WriteByte('}')
	case *hujson.Array:
		element := elementOf(t)
		text.WriteByte('[')
		for i, e := range sorted(v, element) {
			if i > 0 {
				text.WriteByte(',')
			}
			write(text, e, element)
		}
		text.WriteByte(']')
	default:
		// A string is spelled anew: \u0041 and A are the same.
		if literal := v.Value.(hujson.Literal); literal.Kind() == '"' {
			text.Write(document.Encode(literal.String()))
		} else {
			text.Write(literal)
		}
	}
}

// settle are the members of an object that count, in the order in which they are written.
func settle(object *hujson.Object, t reflect.Type) []hujson.ObjectMember {
	var members []hujson.ObjectMember
	for _, m := range object.Members {
		if t != nil && t.Kind() == reflect.Struct && unset(t, document.Text(&m.Name), &m.Value) {
			continue
		}
		members = append(members, m)
	}
	add := func(name, value string) {
		if !slices.ContainsFunc(members, func(m hujson.ObjectMember) bool { return document.Text(&m.Name) == name }) {
			members = append(members, hujson.ObjectMember{Name: hujson.Value{Value: hujson.String(name)}, Value: hujson.Value{Value: hujson.Literal(value)}})
		}
	}
	for _, preset := range defaults[t] {
		add(preset.member, preset.value)
	}
	if t == reflect.TypeFor[types.PortMapping]() {
		if i := slices.IndexFunc(members, func(m hujson.ObjectMember) bool { return document.Text(&m.Name) == "containerPort" }); i >= 0 {
			add("hostPort", members[i].Value.Value.(hujson.Literal).String())
		}
	}
	slices.SortFunc(members, func(a, b hujson.ObjectMember) int {
		x, y := document.Text(&a.Name), document.Text(&b.Name)
		if t != nil && t.Kind() == reflect.Struct {
			if c := cmp.Compare(rank(x), rank(y)); c != 0 {
				return c
			}
		}
		return cmp.Compare(x, y)
	})
	return members
}

// unset reports whether ECS reads the value back for a member that was not set.
func unset(t reflect.Type, member string, v *hujson.Value) bool {
	switch value := v.Value.(type) {
	case *hujson.Object:
		for _, m := range value.Members {
			if !unset(typeOf(t, member), document.Text(&m.Name), &m.Value) {
				return false
			}
		}
		return true
	case *hujson.Array:
		return len(sorted(v, elementOf(typeOf(t, member)))) == 0
	}
	zero := string(v.Value.(hujson.Literal)) == "0"
	return zero && (t == reflect.TypeFor[types.ContainerDefinition]() && member == "cpu" || t == reflect.TypeFor[types.PortMapping]() && member == "hostPort")
}

// typeOf is the type of an object's member, nil if AWS's SDK does not know it.
func typeOf(t reflect.Type, member string) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil || member == "":
		return nil
	case t.Kind() == reflect.Map:
		return t.Elem()
	case t.Kind() != reflect.Struct:
		return nil
	}
	field, known := t.FieldByName(capital(member))
	if !known {
		return nil
	}
	return field.Type
}

// elementOf is the type of a list's elements, nil if it is not known.
func elementOf(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() != reflect.Slice {
		return nil
	}
	return t.Elem()
}

// sorted are the elements of a list that count, by name where ECS does not keep their order. ECS leaves out a variable without
// a value, and would read back less than it was given (pulumi/pulumi-aws#4576, hashicorp/terraform-provider-aws#39533, both
// 2024-09-30).
func sorted(list *hujson.Value, element reflect.Type) []*hujson.Value {
	all := document.Elements(list)
	if element == reflect.TypeFor[types.KeyValuePair]() {
		all = slices.DeleteFunc(all, func(v *hujson.Value) bool { return document.Text(document.Member(v, "value")) == "" })
	}
	if element == reflect.TypeFor[types.KeyValuePair]() || element == reflect.TypeFor[types.Secret]() {
		slices.SortStableFunc(all, func(a, b *hujson.Value) int {
			return cmp.Compare(document.Text(document.Member(a, "name")), document.Text(document.Member(b, "name")))
		})
	}
	return all
}

// Size is the task's CPU in units of 1/1024 vCPU and its memory in MiB, as ECS reads them back. Check has found them sound.
func (d *Definition) Size() (cpu, memory string) {
	c, _ := CPU(Text(d.Cpu))
	m, _ := Memory(Text(d.TaskDefinition.Memory))
	return strconv.Itoa(c), strconv.Itoa(m)
}
