package clients

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/enrol"
)

// What becomes of a call.
const (
	// inMesh: the proxy is asked for the name, and the answer comes back.
	inMesh = "in the mesh"
	// past: the proxy hears nothing. The client goes past it, or gives up.
	past = "never at the proxy"
	// notSOCKS: the client speaks HTTP to the SOCKS proxy, and gets no answer.
	notSOCKS = "no SOCKS"
)

// way is a way to make a call.
type way struct {
	name    string
	client  enrol.Client
	command []string
	// url is called. Empty: the HTTP server's.
	url  string
	want string
}

// credentials are the addresses that no call may take to the mesh.
var credentials = []string{"169.254.170.2", "169.254.169.254", "169.254.170.23"}

func try(t *testing.T, ways []way) {
	p := newProxy(t)
	for _, w := range ways {
		t.Run(string(w.client)+"/"+w.name, func(t *testing.T) {
			url := w.url
			if url == "" {
				url = "http://" + meshName + ":80/"
			}
			out, asked := p.call(t, w, url)
			if got := became(out, asked, url); got != w.want {
				t.Errorf("the call is %s, want %s: it asked for %q and said\n%s", got, w.want, asked, out)
			}
			if w.want != inMesh || w.url != "" {
				return
			}
			for _, address := range credentials {
				if address == "169.254.170.23" && w.client == enrol.ClientCurl {
					continue // the default is what it always was: docs/clients.md
				}
				if _, asked := p.call(t, w, "http://"+address+"/"); len(asked) > 0 {
					t.Errorf("the credentials of %s are looked for in the mesh: %q", address, asked)
				}
			}
		})
	}
}

// call runs the way's command.
func (p *proxy) call(t *testing.T, w way, url string) (out string, asked []string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), w.command[0], append(slices.Clone(w.command[1:]), url)...)
	for _, entry := range os.Environ() {
		// The proxies of the machine that runs the tests are not the task's.
		if name, _, _ := strings.Cut(entry, "="); !strings.HasSuffix(strings.ToLower(name), "_proxy") && name != enrol.EnvJavaOptions {
			command.Env = append(command.Env, entry)
		}
	}
	command.Env = append(command.Env, p.environment(w.client.Environment())...)
	bytes, _ := command.CombinedOutput() // how it ended is in what it printed, and in what it asked for
	return string(bytes), p.requests()
}

// became says what became of a call.
func became(out string, asked []string, url string) string {
	named := slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, "name ") && strings.Contains(url, a[len("name "):]) })
	switch {
	case named && strings.Contains(out, answer):
		return inMesh
	case slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, "no SOCKS") }):
		return notSOCKS
	case len(asked) == 0:
		return past
	}
	return strings.Join(asked, ", ")
}
