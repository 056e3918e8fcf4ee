// Package spelling tries spellings of text in stack files. The engine's own reader takes many of them for numbers,
// booleans and dates.
package spelling

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/config"
	"ambient-ecs/tests/stackfile"
)

// errEngine is the engine's own refusal, before the program runs.
var errEngine = errors.New("the engine refuses it")

// load reads the dev stack with changes to its file, as the program does.
func load(t *testing.T, change func(file string) string) (config.Config, error) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "Pulumi.dev.yaml" {
			text = []byte(change(string(text)))
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := stackfile.Load(folder, "dev")
	if err != nil {
		return config.Config{}, fmt.Errorf("%w: %w", errEngine, err)
	}
	return config.ReadStackFile(folder, "dev").LoadIn("../..", raw)
}

const port = `PORT: "8080"`

// environment loads the dev stack with further variables, as they stand in the file.
func environment(t *testing.T, variables []string) (config.Config, error) {
	return load(t, func(file string) string {
		for i, written := range variables {
			file = strings.Replace(file, port, fmt.Sprintf("%s\n            V%d: %s", port, i, written), 1)
		}
		return file
	})
}

const refused = "this is text: put it in quotes"

// known are spellings that people wrote, and whether the program receives them as written.
var known = map[string]bool{
	"1.10": false, "012345670123": false, "0755": false, "2024-01-31": false, "2024-01-31T10:00:00+02:00": false,
	"True": false, "FALSE": false, "0x1F": false, "1_000": false, "1e3": false, "8080.0": false, "+5": false, "0o17": false, "00": false, "089": false, "-0": false,
	"8080": true, "-5": true, "0": true, "true": true, "false": true, "yes": true, "on": true, "1:30": true, "1.1": true, "1.1.1": true, "v1": true, "111122223333": true,
	`"1.10"`: true, "'0755'": true, `"2024-01-31"`: true, `"True"`: true, "!!str 0755": true, `"2024-01-31 00:00:00 +0000 UTC"`: true,
}

func TestWhatArrivesIsWhatIsWrittenOrIsRefused(t *testing.T) {
	written := make([]string, 0, len(known))
	for text := range known {
		written = append(written, text)
	}
	slices.Sort(written)
	const alphabet = "0123456789012345678901234567890.._-+:xoebTZ"
	random := rand.New(rand.NewPCG(9, 1))
	for len(written) < 600 {
		text := make([]byte, 1+random.IntN(12))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		var value any
		// The engine itself refuses everything that is not a scalar on one line, and infinity.
		if err := yaml.Unmarshal(text, &value); err != nil || value == nil || strings.Contains(string(text), ": ") || reflect.ValueOf(value).Kind() == reflect.Slice ||
			reflect.ValueOf(value).Kind() == reflect.Map {
			continue
		}
		written = append(written, string(text))
	}
	_, err := environment(t, written)
	told := ""
	if err != nil {
		told = err.Error()
	}
	var accepted []string
	for i, text := range written {
		field := fmt.Sprintf("environment.V%d = %s: %s", i, text, refused)
		wrong := strings.Contains(told, field)
		if want, listed := known[text]; listed && want == wrong {
			t.Errorf("%s is refused: %v", text, wrong)
		}
		if !wrong {
			accepted = append(accepted, text)
		}
	}
	if strings.Count(told, refused)+len(accepted) != len(written) {
		t.Errorf("%d are refused and %d accepted of %d:\n%s", strings.Count(told, refused), len(accepted), len(written), told)
	}
	cfg, err := environment(t, accepted)
	if err != nil {
		t.Fatal(err)
	}
	variables := cfg.Clusters["ecs-1"].Services["echo-service"].Environment
	for i, text := range accepted {
		want := text
		if yaml.Unmarshal([]byte("!!str "+text), &want) != nil || strings.ContainsAny(text, `"'!`) {
			if err := yaml.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
		}
		if got := variables["V"+strconv.Itoa(i)]; got != want {
			t.Errorf("%s arrives as %q", text, got)
		}
	}
}

func TestTextIsGuardedInEveryPlace(t *testing.T) {
	places := texts(reflect.TypeFor[config.Config](), nil)
	if len(places) < 60 {
		t.Fatalf("there are only %d places: %v", len(places), places)
	}
	for _, place := range places {
		t.Run(place.field(), func(t *testing.T) {
			for _, written := range []string{"1.10", "0755", "2024-01-31"} {
				_, err := load(t, func(string) string { return "config:\n" + place.yaml(written) })
				if errors.Is(err, errEngine) && place[len(place)-1] == "[]" && len(place) == 2 {
					continue // Pulumi.yaml types the elements of the lists at the top
				}
				if err == nil || !strings.Contains(err.Error(), "\n"+place.refusal(written)) {
					t.Errorf("%s is not refused by name:\n%v", written, err)
				}
				quoted := strconv.Quote(written)
				if _, err := load(t, func(string) string { return "config:\n" + place.yaml(quoted) }); err != nil && strings.Contains(err.Error(), refused) {
					t.Errorf("%s is refused as well:\n%v", quoted, err)
				}
			}
		})
	}
}

// place is the path of a text in the stack file: keys, "[]" for an element of a list, "{}" for a key of the user's
// choice. If the last step is "{}", the text is such a key itself.
type place []string

// texts returns all places of texts at and below a type.
func texts(typ reflect.Type, way place) []place {
	step := func(s string) place { return append(slices.Clone(way), s) }
	switch typ.Kind() {
	case reflect.String:
		return []place{way}
	case reflect.Pointer:
		return texts(typ.Elem(), way)
	case reflect.Slice:
		return texts(typ.Elem(), step("[]"))
	case reflect.Map:
		// The key itself, and the value under it.
		return append([]place{step("{}")}, texts(typ.Elem(), step("NAME"))...)
	case reflect.Struct:
		var all []place
		for _, field := range reflect.VisibleFields(typ) {
			if key, set := field.Tag.Lookup("config"); set {
				all = append(all, texts(field.Type, step(key))...)
			}
		}
		return all
	}
	return nil
}

// yaml returns the text of a stack file that has only a scalar in the place.
func (p place) yaml(written string) string {
	text := written
	for i := len(p) - 1; i >= 0; i-- {
		switch p[i] {
		case "[]":
			text = "[" + text + "]"
		case "{}":
			text = "{" + text + ": null}"
		default:
			if i == 0 {
				return "  ambient-ecs:" + p[i] + ": " + text + "\n"
			}
			text = "{" + p[i] + ": " + text + "}"
		}
	}
	return text
}

// field returns the place as messages write it.
func (p place) field() string {
	field := ""
	for _, step := range p {
		switch step {
		case "[]":
			field += "[0]"
		case "{}":
		default:
			field = strings.TrimPrefix(field+"."+step, ".")
		}
	}
	return field
}

func (p place) refusal(written string) string { return p.field() + " = " + written + ": " + refused }
