package definition

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// refusedMembers are those of AWS's format that do not pass on Fargate, or not in the mesh: docs/task-definitions.md lists them.
var refusedMembers = []string{
	"inferenceAccelerators.", "ipcMode", "pidMode", "placementConstraints.", "proxyConfiguration", "volumes.host.sourcePath",
	"volumes.dockerVolumeConfiguration", "volumes.fsxWindowsFileServerVolumeConfiguration",
	"containerDefinitions.extraHosts.", "containerDefinitions.hostname", "containerDefinitions.resourceRequirements.",
	"containerDefinitions.linuxParameters.devices.", "containerDefinitions.linuxParameters.maxSwap", "containerDefinitions.linuxParameters.sharedMemorySize",
	"containerDefinitions.linuxParameters.swappiness", "containerDefinitions.portMappings.containerPortRange",
}

// The answer in testdata/full.described.json has every member that AWS documents, those that AWS alone sets too. TestWhatAWSReadsBackIsTheRegisteredForm
// feeds it back.
func TestTheFullAnswerHasEveryMemberOfAWSsFormat(t *testing.T) {
	text, err := os.ReadFile("testdata/full.described.json")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ TaskDefinition map[string]any }
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	var has []string
	membersOf("", answer.TaskDefinition, &has)
	want := slices.Clone(readOnly)
	pathsOf("", reflect.TypeFor[types.TaskDefinition](), &want)
	for _, path := range want {
		refused := slices.ContainsFunc(refusedMembers, func(r string) bool { return path == r || strings.HasPrefix(path, strings.TrimSuffix(r, ".")+".") })
		if given := slices.Contains(has, path); given == refused {
			t.Errorf("%s: it is in the answer: %v, and it is refused: %v", path, given, refused)
		}
	}
}

// membersOf collects the paths of all members of a value.
func membersOf(path string, value any, all *[]string) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			*all = append(*all, at)
			membersOf(at, inner, all)
		}
	case []any:
		for _, inner := range v {
			membersOf(path, inner, all)
		}
	}
}

// pathsOf collects the paths of all members of a type of AWS's SDK.
func pathsOf(path string, t reflect.Type, all *[]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, name := range fields(t) {
		at := strings.TrimPrefix(path+"."+name, ".")
		field, _ := t.FieldByName(capital(name))
		*all = append(*all, at)
		pathsOf(at, field.Type, all)
	}
}
