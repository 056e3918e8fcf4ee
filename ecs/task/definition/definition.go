package definition

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/tailscale/hujson"

	"ambient-ecs/ecs/task/document"
	"ambient-ecs/problem"
)

// Definition is one task definition.
type Definition struct {
	// TaskDefinition is the typed view. Fields that only AWS sets are empty.
	types.TaskDefinition
	// Tags are those of the task definition itself.
	Tags []types.Tag
	// Unknown are the paths of members that AWS's SDK does not know, with a hint at what may be meant. They stay in the
	// text.
	Unknown problem.List
	// Nulls is how many members are null. They count as not set, and stay in the text.
	Nulls int

	text hujson.Value
	// body points into text: describe-task-definition prints the definition inside an object.
	body *hujson.Value
}

// described is the member in which describe-task-definition prints a definition.
const described = "taskDefinition"

// readOnly are the members that AWS sets. Registering a definition with them is refused by AWS's command line, and here
// they say nothing.
var readOnly = []string{
	"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
	"registeredAt", "deregisteredAt", "registeredBy",
}

// Parse reads a task definition. Every member of a wrong type or value is named in the error, which is a problem.List.
func Parse(text []byte) (*Definition, error) {
	root, err := document.Parse(text)
	if err != nil {
		return nil, err
	}
	return read(root)
}

// read makes the typed view of a text.
func read(root hujson.Value) (*Definition, error) {
	d := &Definition{text: root}
	d.body = &d.text
	if inner := document.Member(&d.text, described); inner != nil {
		d.body = inner
	}
	known, found := d.format()
	if err := found.Err(); err != nil {
		return nil, err
	}
	// The format was checked above: nothing is of another type than Go's.
	if err := json.Unmarshal(known, &d.TaskDefinition); err != nil {
		return nil, err
	}
	for _, at := range []*hujson.Value{document.Member(&d.text, "tags"), document.Member(d.body, "tags")} {
		if at != nil && len(d.Tags) == 0 {
			if err := json.Unmarshal(at.Pack(), &d.Tags); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// Bytes is the text.
func (d *Definition) Bytes() []byte { return d.text.Pack() }

// Described reports whether the text is what describe-task-definition prints, which register-task-definition does not
// take as it is: the definition inside another object, or members that only AWS sets.
func (d *Definition) Described() bool {
	return d.body != &d.text || slices.ContainsFunc(readOnly, func(name string) bool { return document.Member(d.body, name) != nil })
}

// Edit returns the definition after a change of its text. The change gets the object with the definition's members and
// may do what package document can; it sees a copy. An error means that the change left the format.
func (d *Definition) Edit(change func(body *hujson.Value)) (*Definition, error) {
	text := d.text.Clone()
	body := &text
	if d.body != &d.text {
		body = document.Member(&text, described)
	}
	change(body)
	return read(text)
}

// Containers are the containers in the text of a definition, in their order. Each has a name.
func Containers(body *hujson.Value) []*hujson.Value {
	return document.Elements(document.Member(body, containerDefinitions))
}

const containerDefinitions = "containerDefinitions"

// Text is the text of an optional field, "" without.
func Text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Number is an optional number, 0 without.
func Number(n *int32) int {
	if n == nil {
		return 0
	}
	return int(*n)
}

// Yes is an optional flag, false without.
func Yes(b *bool) bool { return b != nil && *b }

// Essential reports whether the task ends with the container, which is so unless the definition says otherwise.
func Essential(c types.ContainerDefinition) bool { return c.Essential == nil || *c.Essential }
