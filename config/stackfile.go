package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// StackFile is how a stack file spells what YAML does not read as text. The engine hands values over, and no longer their
// spelling: 1.10 arrives as 1.1, 0755 as 493, 2024-01-31 as "2024-01-31 00:00:00 +0000 UTC", True as true
// (pulumi/sdk v3.250.0, go/common/resource/config/object.go, unmarshalObject). The zero value knows no spelling.
type StackFile struct {
	// scalars are by the path of the field, keys by the path that ends in the key as it arrives.
	scalars, keys map[string]spelling
	// named are the top-level keys that the file sets. nil: they are not known, because there is no file, or an environment of
	// Pulumi ESC sets more.
	named map[string]bool
	// own are the program's keys in the file. beside are those that stand outside its config.
	own, beside []string
}

// spelling is a scalar as it is written and as YAML reads it.
type spelling struct {
	written string
	read    any
}

// ReadStackFile reads the stack's file beside Pulumi.yaml in a folder. The values themselves come from the engine, which may have
// read another file (--config-file): a spelling counts where it gives the value that arrived. A file that is not there or
// cannot be read says nothing.
func ReadStackFile(folder, stack string) StackFile {
	text, err := os.ReadFile(filepath.Join(folder, "Pulumi."+stack+".yaml"))
	if err != nil {
		return StackFile{}
	}
	return parseStackFile(text)
}

func parseStackFile(text []byte) StackFile {
	var whole map[string]any
	var file struct {
		Config      yaml.Node `yaml:"config"`
		Environment yaml.Node `yaml:"environment"`
	}
	// The first reading refuses what the walk could not end on, such as an anchor that contains itself.
	if yaml.Unmarshal(text, &whole) != nil || yaml.Unmarshal(text, &file) != nil {
		return StackFile{}
	}
	f := StackFile{scalars: map[string]spelling{}, keys: map[string]spelling{}, named: map[string]bool{}, beside: besideConfig(whole)}
	if file.Config.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(file.Config.Content); i += 2 {
			name := file.Config.Content[i].Value
			key := strings.TrimPrefix(name, Project+":")
			if key != name || !strings.Contains(name, ":") {
				f.own = append(f.own, key)
			}
			f.named[key] = true
			f.walk(key, file.Config.Content[i+1])
		}
	}
	if !file.Environment.IsZero() {
		f.named = nil
	}
	return f
}

// Unset reports whether the stack file leaves a top-level key to the program's default. Where the file is not known, it does not.
func (c Config) Unset(key string) bool { return c.named != nil && !c.named[key] }

// walk notes the spellings at and below a node.
func (f StackFile) walk(path string, node *yaml.Node) {
	switch node.Kind {
	case yaml.AliasNode:
		f.walk(path, node.Alias)
	case yaml.SequenceNode:
		for i, element := range node.Content {
			f.walk(fmt.Sprintf("%s[%d]", path, i), element)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if key.ShortTag() == "!!merge" {
				f.walk(path, value)
				continue
			}
			at := join(path, key.Value)
			if s, typed := spellingOf(key); typed {
				at = join(path, fmt.Sprint(s.read))
				f.keys[at] = s
			}
			f.walk(at, value)
		}
	case yaml.ScalarNode:
		if s, typed := spellingOf(node); typed {
			f.scalars[path] = s
		}
	}
}

// spellingOf is the spelling of a scalar that YAML reads as something else than text, or that looks as if it had. Null is not
// among it.
func spellingOf(node *yaml.Node) (spelling, bool) {
	s := spelling{written: node.Value}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	err := node.Decode(&s.read)
	switch read := s.read.(type) {
	case string:
		return s, readTimestamp.MatchString(read)
	case int, int64, uint64, float64, bool, time.Time:
		return s, err == nil
	}
	return spelling{}, false
}

// gives reports whether the spelling is what arrived.
func (s spelling) gives(arrived string) bool {
	switch read := s.read.(type) {
	case string, bool, time.Time:
		return fmt.Sprint(read) == arrived
	default:
		// The engine hands large whole numbers over as floating point.
		number, err := strconv.ParseFloat(fmt.Sprint(read), 64)
		other, otherErr := strconv.ParseFloat(arrived, 64)
		return err == nil && otherErr == nil && number == other
	}
}

var (
	// plainNumber is a whole number that has one common spelling. Up to 15 digits it is the same as floating point.
	plainNumber = regexp.MustCompile(`^(?:0|-?[1-9][0-9]{0,14})$`)
	// readTimestamp is what a date or a time becomes: Go's time.Time.String.
	readTimestamp = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \S+$`)
)

// respelled reports whether a value that stands for text is not what the stack file says, and how the file spells it: "" where
// that is not known. typed says that a number or a boolean arrived, and not text.
//
// Where the spelling is not known (an environment of Pulumi ESC, --config-file), plain whole numbers and booleans are taken
// as they are: `pulumi config set --path` stores 8080 and true so.
func (f StackFile) respelled(path, arrived string, typed bool) (written string, changed bool) {
	if s, known := f.scalars[path]; known && s.gives(arrived) {
		return s.written, s.written != arrived
	}
	if typed {
		return "", arrived != "true" && arrived != "false" && !plainNumber.MatchString(arrived)
	}
	return "", readTimestamp.MatchString(arrived)
}

// respelledKey is respelled for the key at the end of a path.
func (f StackFile) respelledKey(path, arrived string) (written string, changed bool) {
	if s, known := f.keys[path]; known {
		return s.written, s.written != arrived
	}
	return "", readTimestamp.MatchString(arrived)
}
