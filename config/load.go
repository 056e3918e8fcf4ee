package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"ambient-ecs/problem"
)

// Load reads the stack configuration as the engine hands it over and validates it. The map has one
// entry for each key ("ambient-ecs:region"); numbers and booleans are text, objects and lists are JSON,
// secrets are decrypted, and the defaults of Pulumi.yaml are filled in. Keys of other namespaces are
// left alone. The names after it are the entries that are encrypted in the stack file, in whole or in part.
//
// The error holds every problem that was found, each with its field, its value and the reason.
func Load(raw map[string]string, encrypted ...string) (Config, error) {
	return LoadAt(time.Now(), raw, encrypted...)
}

// LoadAt is Load at a given time, by which certificates are judged.
func LoadAt(now time.Time, raw map[string]string, encrypted ...string) (Config, error) {
	var found problem.List
	values := map[string]any{}
	for name, text := range raw {
		if key, ours := strings.CutPrefix(name, Project+":"); ours {
			if value, set := parse(&found, key, text); set {
				values[key] = value
			}
		}
	}
	c := Config{loaded: now, secret: secretKeys(encrypted)}
	decode(&found, "", reflect.ValueOf(&c).Elem(), values)

	told := map[string]bool{}
	for _, p := range found {
		told[p.Field] = true
	}
	var invalid problem.List
	c.validate(&invalid)
	for _, p := range invalid {
		// What could not be read is empty in c. To say that it is not set would mislead.
		if !told[p.Field] {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		// After the checks: what is switched off has to be right too, or switching it on would be a surprise.
		return c.withoutDisabled(), nil
	}
	found.Hide(c.holdsSecret)
	found.Sort()
	return Config{}, fmt.Errorf("the stack configuration is refused:\n%w", found.Err())
}

// parse turns the text of a top-level key into a value. An empty text counts as not set.
func parse(found *problem.List, key, text string) (value any, set bool) {
	field, known := fieldByKey(reflect.TypeFor[Config](), key)
	if !known || !composite(field.Type) {
		return text, true
	}
	if strings.TrimSpace(text) == "" {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // a 12-digit account id must not become a float
	err := d.Decode(&value)
	if err == nil && !errors.Is(d.Decode(new(any)), io.EOF) {
		err = errors.New("text after the end of the value")
	}
	if err != nil {
		// The text is not shown: a secret may be anywhere in it.
		found.Add(key, problem.Unread, "must be %s, as YAML in the stack file or as JSON: %v", typeName(field.Type), err)
		return nil, false
	}
	return value, true
}
