package language

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// run runs a shell script as the project's program and returns the answer and what the script wrote to a file named out.
func run(t *testing.T, script string, options map[string]any) (*pulumirpc.RunResponse, string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "program"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	h, err := Serve(folder, []string{"PATH=" + os.Getenv("PATH"), "GIVEN=yes"})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := h.Handshake(t.Context(), &pulumirpc.LanguageHandshakeRequest{EngineAddress: "127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	encoded, err := structpb.NewStruct(options)
	if err != nil {
		t.Fatal(err)
	}
	response, err := h.Run(t.Context(), &pulumirpc.RunRequest{
		Project: "p", Stack: "s", DryRun: true, Parallel: 4, MonitorAddress: "127.0.0.1:2", Config: map[string]string{"p:key": "v"},
		Info: &pulumirpc.ProgramInfo{Options: encoded},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := os.ReadFile(filepath.Join(folder, "out"))
	return response, string(out)
}

func TestTheProgramRunsInTheProjectAndKnowsItsRun(t *testing.T) {
	response, out := run(t, `echo "$GIVEN $PULUMI_PROJECT/$PULUMI_STACK $PULUMI_DRY_RUN $PULUMI_PARALLEL $PULUMI_MONITOR $PULUMI_ENGINE $PULUMI_CONFIG" > out`,
		map[string]any{"binary": "program"})
	if response.Error != "" || response.Bail {
		t.Errorf("got %v", response)
	}
	if want := "yes p/s true 4 127.0.0.1:2 127.0.0.1:1 {\"p:key\":\"v\"}\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestAProgramThatHasReportedItsFailureBails(t *testing.T) {
	response, _ := run(t, "exit "+strconv.Itoa(constant.ExitStatusLoggedError), map[string]any{"binary": "program"})
	if response.Error != "" || !response.Bail {
		t.Errorf("got %v", response)
	}
}

func TestAProgramThatJustEndsIsAnError(t *testing.T) {
	response, _ := run(t, "exit 3", map[string]any{"binary": "program"})
	if !strings.Contains(response.Error, "exit status 3") {
		t.Errorf("got %v", response)
	}
}

func TestAMissingProgramIsNamed(t *testing.T) {
	if response, _ := run(t, "", map[string]any{"binary": "bin/other"}); !strings.Contains(response.Error, "the program is not built") {
		t.Errorf("got %v", response)
	}
	if response, _ := run(t, "", nil); !strings.Contains(response.Error, "runtime.options.binary") {
		t.Errorf("got %v", response)
	}
}
