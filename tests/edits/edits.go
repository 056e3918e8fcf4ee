// Package edits is a change of every key of the configuration on a stack that lives. A test of config asks whether a key has none,
// and one of the sandbox plays them all.
package edits

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Values are configuration values by their path, with dots between the keys: "clusters.ecs-1.services.echo-service.image". nil takes
// the key away. A key that has dots itself is changed by way of the object around it.
type Values map[string]any

// World is a stack that is up before an edit.
type World struct {
	// Name says what the stack is.
	Name string
	// Stack is the name of its file, at the root of the repository or in examples. Values are set in it.
	Stack  string
	Values Values
	// Folder is a folder of the repository that the stack's files name. Empty: none.
	Folder string
	// Exists are files with what other teams have in the accounts, as `sandbox exist` reads them, from the root of the repository.
	Exists []string
	// Secrets are the ARNs of the secrets that other teams have.
	Secrets []string
}

// Edit is one change of a stack that is up.
type Edit struct {
	World *World
	// Keys and Change say what is changed, as a row of docs/edits.md.
	Keys, Change string
	Values       Values
	// Refused says that the program refuses the change, before anything is registered.
	Refused bool
	// Says are words of the refusal, or of the preview's warning. Empty: whatever they are.
	Says string
}

// Row is how the edit's row begins on the page.
func (e Edit) Row() string {
	return fmt.Sprintf("| %s | `%s` | %s |", e.World.Name, e.Keys, e.Change)
}

// Rows are the rows of a page, in the order of All. An edit that the page lacks has an empty row.
func Rows(page string) []string {
	rows, lines := make([]string, len(All())), strings.Split(page, "\n")
	for i, edit := range All() {
		if at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, edit.Row()) }); at >= 0 {
			rows[i] = lines[at]
		}
	}
	return rows
}

// All are the edits, in the order of the page.
func All() []Edit {
	return slices.Concat(ofTheStack, ofTheCluster, ofTheMesh, ofServices, ofTasks, ofEntrances, ofNeighbours)
}

// Apply sets values in a configuration, as decoded from a stack file.
func (v Values) Apply(configuration map[string]any) {
	for _, path := range slices.Sorted(maps.Keys(v)) {
		words := strings.Split(path, ".")
		at := configuration
		for _, word := range words[:len(words)-1] {
			next, there := at[word].(map[string]any)
			if !there {
				next = map[string]any{}
				at[word] = next
			}
			at = next
		}
		last := words[len(words)-1]
		if v[path] == nil {
			delete(at, last)
		} else {
			at[last] = Copied(v[path])
		}
	}
}

// Copied is a value of its own: what one edit sets inside an object is no other edit's.
func Copied(value any) any {
	switch v := value.(type) {
	case map[string]any:
		own := map[string]any{}
		for key, inner := range v {
			own[key] = Copied(inner)
		}
		return own
	case []any:
		own := make([]any, len(v))
		for i, inner := range v {
			own[i] = Copied(inner)
		}
		return own
	}
	return value
}

// object and list shorten the tables.
type object = map[string]any

func list(elements ...any) []any { return elements }
