package curl

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"ambient-ecs/verify/backend"
)

// shell runs a script as a pod would.
func shell(t *testing.T, s Script) []byte {
	t.Helper()
	args := s.Args()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("the script failed: %v\n%s", err, out)
	}
	return out
}

// terminal runs a line as ECS Exec would: by a shell, under a pseudo-terminal.
func terminal(t *testing.T, line string) []byte {
	t.Helper()
	file, err := pty.Start(exec.Command("sh", "-c", line))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	_, _ = io.Copy(&out, file) // A terminal whose other end closed reports an error.
	return out.Bytes()
}

func request(t *testing.T, server *httptest.Server) backend.Request {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return backend.Request{Host: u.Hostname(), Port: port, PastProxy: true}
}

func needCurl(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("these tests run the scripts as a container does: they need curl")
	}
}

func TestTheScriptCallsAsAsked(t *testing.T) {
	needCurl(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %s", r.Method, r.URL.RequestURI(), data, r.Header.Get("X-Quote"))
	}))
	defer server.Close()
	r := request(t, server)
	r.Method, r.Path, r.Data = "post", "a b?x=%20y", "it's \"$HOME\" `id` \\ %s\nline"
	r.Headers = map[string]string{"X-Quote": "'; exit 9; '"}
	script, err := New(NewMarker(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("POST /a%%20b?x=%%20y %q '; exit 9; '", r.Data)
	for way, out := range map[string][]byte{"pod": shell(t, script), "ECS Exec": terminal(t, script.Line())} {
		if result := Parse(script.Marker, out); result.Body != want || result.Answer().Outcome != backend.Answered || result.Truncated {
			t.Errorf("by %s: got %+v, want body %s", way, result, want)
		}
	}
}

func TestTheScriptTellsAResetFromARefusalFromSilence(t *testing.T) {
	needCurl(t)
	reset, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer reset.Close()
	go func() {
		for {
			c, err := reset.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1024))
			_ = c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused.Close()
	for name, test := range map[string]struct {
		address net.Addr
		exit    int
		outcome backend.Outcome
	}{
		"reset":   {reset.Addr(), 56, backend.Policy},
		"silent":  {silent.Addr(), 28, backend.Network},
		"refused": {refused.Addr(), 7, backend.Network},
	} {
		r := backend.Request{Host: "127.0.0.1", Port: test.address.(*net.TCPAddr).Port, PastProxy: true, Timeout: 500 * time.Millisecond}
		script, err := New(NewMarker(), r)
		if err != nil {
			t.Fatal(err)
		}
		answer := Parse(script.Marker, shell(t, script)).Answer()
		if answer.Exit != test.exit || answer.Outcome != test.outcome {
			t.Errorf("%s: got %+v", name, answer)
		}
	}
}

func TestAContainerWithoutCurlIsUndecided(t *testing.T) {
	script, err := New(NewMarker(), backend.Request{Host: "echo", Port: 80})
	if err != nil {
		t.Fatal(err)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(sh, script.Args()[1:]...)
	command.Env = []string{"PATH=" + t.TempDir()}
	out, _ := command.CombinedOutput()
	answer := Parse(script.Marker, out).Answer()
	if answer.Exit != 127 || answer.Outcome != backend.Undecided || !strings.Contains(answer.Why, "no curl") {
		t.Errorf("got %+v from\n%s", answer, out)
	}
}

func TestARunReturnsWhatACommandPrinted(t *testing.T) {
	script := Run(NewMarker(), `printf 'a\nb' | sed s/a/c/`)
	if result := Parse(script.Marker, terminal(t, script.Line())); result.Body != "c\nb" || result.Exit != 0 {
		t.Errorf("got %+v", result)
	}
}

func TestTheLineHidesTheMarkerAndHasNoQuoteInside(t *testing.T) {
	r := backend.Request{Host: "echo", Port: 8080, Method: "POST", Data: `'"$(x)` + "`\\" + "\x7f"}
	script, err := New(NewMarker(), r)
	if err != nil {
		t.Fatal(err)
	}
	line := script.Line()
	if strings.Contains(line, script.Marker) {
		t.Error("an echo of the line would hold the marker")
	}
	inner, begins := strings.CutPrefix(line, `sh -c 'eval "$(printf "`)
	inner, ends := strings.CutSuffix(inner, `")"'`)
	if !begins || !ends || strings.ContainsAny(inner, "'\"$`%\n") {
		t.Errorf("the line is %s", line)
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	for want, r := range map[string]backend.Request{
		"no hostname":    {Host: "a b", Port: 80},
		"is not between": {Host: "a", Port: 0},
		"white space":    {Host: "a", Port: 80, Method: "GET /"},
		"line break":     {Host: "a", Port: 80, Headers: map[string]string{"a": "b\nc: d"}},
		"NUL":            {Host: "a", Port: 80, Data: "\x00"},
		"negative":       {Host: "a", Port: 80, Timeout: -1},
	} {
		if _, err := New(marker, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", r, err, want)
		}
	}
}

func TestAProxyIsNamedWhereTheEnvironmentNamesNone(t *testing.T) {
	s, err := New(marker, backend.Request{Host: "echo.mesh", Port: 80, ByProxy: true})
	if args := strings.Join(s.Args(), " "); err != nil || !strings.Contains(args, "'--proxy' 'socks5h://127.0.0.1:15080'") {
		t.Errorf("%v: %s", err, args)
	}
}

func TestMain(m *testing.M) {
	// The scripts must not use a proxy of the machine that runs the tests.
	for _, name := range []string{"ALL_PROXY", "http_proxy", "HTTP_PROXY"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

func TestAVisitGoesToTheLoadBalancerAndNamesTheHost(t *testing.T) {
	r := backend.Request{From: backend.Source{User: true}, Host: "shop.example.com", Port: 443, Path: "/a"}
	script, err := NewVisit(marker, "in.elb", r)
	if err != nil {
		t.Fatal(err)
	}
	text := script.Args()[2]
	for _, want := range []string{"'curl' '-q' '--insecure' '--connect-to' '::in.elb:443'", "'https://shop.example.com:443/a'"} {
		if !strings.Contains(text, want) {
			t.Errorf("the script does not say %s:\n%s", want, text)
		}
	}
	r.Port = 80
	if script, _ = NewVisit(marker, "in.elb", r); !strings.Contains(script.Args()[2], "'http://shop.example.com:80/a'") {
		t.Errorf("plain HTTP:\n%s", script.Args()[2])
	}
}
