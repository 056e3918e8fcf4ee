package definition

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheRegisteredFormIsOneForAllTextsThatMeanTheSame(t *testing.T) {
	const want = `[{"name":"a","image":"a","essential":true,"portMappings":[{"containerPort":80,"hostPort":80,"protocol":"tcp"}],` +
		`"environment":[{"name":"B","value":"<&>"}],"healthCheck":{"command":["CMD","true"],"interval":30,"timeout":5,"retries":3},` +
		`"logConfiguration":{"logDriver":"awslogs","options":{"a":"1","b":"2"}}}]`
	for name, containers := range map[string]string{
		"short": `[{"image": "a", "name": "a", "portMappings": [{"containerPort": 80}], "healthCheck": {"command": ["CMD", "true"]},
			"environment": [{"name": "B", "value": "<&>"}, {"value": "", "name": "A"}], "logConfiguration": {"options": {"b": "2", "a": "1"}, "logDriver": "awslogs"}}]`,
		"full": `[{"name": "a", "image": "a", "cpu": 0, "essential": true, "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}], "mountPoints": [],
			"volumesFrom": [], "systemControls": [], "linuxParameters": {"capabilities": {"add": []}}, "healthCheck": {"command": ["CMD", "true"], "retries": 3, "timeout": 5, "interval": 30},
			"environment": [{"name": "A", "value": ""}, {"name": "B", "value": "\u003c&\u003e"}], "logConfiguration": {"logDriver": "awslogs", "options": {"a": "1", "b": "2"}, "secretOptions": []}}]`,
		"zero host port": `[{"name": "\u0061", "image": "a", "portMappings": [{"hostPort": 0, "containerPort": 80}], "healthCheck": {"command": ["CMD", "true"]},
			"environment": [{"name": "B", "value": "<&>"}, {"name": "A", "value": ""}], "logConfiguration": {"logDriver": "awslogs", "options": {"a": "1", "b": "2"}}, "dockerLabels": {}}]`,
	} {
		if got := read1(t, `{"containerDefinitions": `+containers+`}`).Registered(); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestWhatCountsIsRegistered(t *testing.T) {
	const text = `[{"name":"a","image":"a","essential":false,"cpu":10,"memoryReservation":0,"stopTimeout":0,"interactive":false,"pseudoTerminal":true,"restartPolicy":{"enabled":true,"ignoredExitCodes":[0]}}]`
	if got := read1(t, `{"containerDefinitions": `+text+`}`).Registered(); got != text {
		t.Errorf("got %s", got)
	}
}

// TestWhatAWSReadsBackIsTheRegisteredForm feeds answers of describe-task-definition back. The files in testdata have the
// form of AWS's answers: every list that was not set is there, a CPU of 0, and a health check's times.
func TestWhatAWSReadsBackIsTheRegisteredForm(t *testing.T) {
	files, err := filepath.Glob("testdata/*.described.json")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		answer, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		given, err := os.ReadFile(strings.Replace(file, ".described", "", 1))
		if err != nil {
			t.Fatal(err)
		}
		described, declared := read1(t, string(answer)), read1(t, string(given))
		if a, b := described.Registered(), declared.Registered(); a != b {
			t.Errorf("%s: AWS reads back\n%s\nof\n%s", file, a, b)
		}
		if err := described.Check(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if !described.Described() || declared.Described() {
			t.Errorf("%s is not told from what was registered", file)
		}
	}
}

func TestTheRegisteredFormIsRegisteredAsItIs(t *testing.T) {
	once := read1(t, orders).Registered()
	if !json.Valid([]byte(once)) {
		t.Fatal(once)
	}
	if twice := read1(t, `{"containerDefinitions": `+once+`}`).Registered(); twice != once {
		t.Errorf("once\n%s\ntwice\n%s", once, twice)
	}
}

func FuzzTheRegisteredFormIsStable(f *testing.F) {
	f.Add(orders)
	f.Add(`{"containerDefinitions": [{"name": "a", "later": [{"b": 1, "a": [null, {}]}], "environment": [{"name": "\ud800"}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		_ = d.Check()
		once := d.Registered()
		again, err := Parse([]byte(`{"containerDefinitions": ` + once + `}`))
		if err != nil {
			t.Fatalf("%v: %s", err, once)
		}
		if twice := again.Registered(); twice != once {
			t.Fatalf("once\n%s\ntwice\n%s", once, twice)
		}
	})
}
