package curl

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"ambient-ecs/verify/backend"
)

const marker = "ambient0123456789abcdef01234567"

// output is the output of a script as a pod returns it.
func output(exit, status, payload string) string {
	var lines strings.Builder
	encoded := base64.StdEncoding.EncodeToString([]byte(payload))
	for len(encoded) > 76 {
		lines.WriteString(encoded[:76] + "\n")
		encoded = encoded[76:]
	}
	lines.WriteString(encoded + "\n")
	return "\n" + marker + " exit " + exit + " status " + status + " .\n" + marker + " base64\n" + lines.String() + "\n" + marker + " end\n"
}

func response(status, headers, body string) string {
	return "HTTP/1.1 " + status + "\r\n" + headers + "\r\n" + body + "\n" + marker + " status " + status[:3]
}

// session is how ECS Exec delivers an output.
func session(text string) string {
	return "\r\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\r\n\r\n\r\n" +
		"Starting session with SessionId: ecs-execute-command-0a1b2c3d4e5f\r\n" +
		strings.ReplaceAll(text, "\n", "\r\n") + "\r\n\r\nExiting session with sessionId: ecs-execute-command-0a1b2c3d4e5f.\r\n\r\n"
}

func TestEveryEndOfACallHasItsOutcome(t *testing.T) {
	answered := response("200 OK", "server: app\r\n", `{"hostname":"echo"}`)
	for name, test := range map[string]struct {
		output  string
		outcome backend.Outcome
		why     string
	}{
		"answered":              {output("0", "200", answered), backend.Answered, "HTTP 200"},
		"redirected":            {output("0", "302", response("302 Found", "", "")), backend.Answered, "HTTP 302"},
		"denied by a waypoint":  {output("0", "403", response("403 Forbidden", "server: istio-envoy\r\n", "RBAC: access denied")), backend.L7, "403"},
		"the application's 403": {output("0", "403", response("403 Forbidden", "server: istio-envoy\r\n", "log in first")), backend.Undecided, "403"},
		"not found":             {output("0", "404", response("404 Not Found", "", "no")), backend.Undecided, "404"},
		"no upstream":           {output("0", "503", response("503 Service Unavailable", "", "")), backend.Undecided, "503"},
		"reset":                 {output("56", "000", "curl: (56) Recv failure: Connection reset by peer\n\n"+marker+" status 000"), backend.Policy, "Connection reset by peer"},
		"closed":                {output("52", "000", "curl: (52) Empty reply from server"), backend.Policy, "Empty reply"},
		"reset while sending":   {output("55", "000", "curl: (55) Send failure: Connection reset by peer"), backend.Policy, "reset"},
		"not sent":              {output("55", "000", "curl: (55) Send failure: Broken pipe"), backend.Undecided, "Broken pipe"},
		"timed out":             {output("28", "000", "curl: (28) Connection timed out after 5001 milliseconds"), backend.Network, "5001"},
		"refused":               {output("7", "000", "curl: (7) Failed to connect"), backend.Network, "refused"},
		"no such name":          {output("6", "000", "curl: (6) Could not resolve host: nowhere"), backend.Name, "nowhere"},
		"no such name by SOCKS": {output("97", "000", "curl: (97) cannot complete SOCKS5 connection to nowhere. (4)"), backend.Name, "SOCKS5"},
		"no proxy":              {output("5", "000", "curl: (5) Could not resolve proxy"), backend.Undecided, "ALL_PROXY"},
		"no curl":               {output("127", "000", "sh: curl: not found"), backend.Undecided, "no curl"},
		"another failure":       {output("23", "200", answered), backend.Undecided, "curl 23"},
		"nothing":               {"", backend.Undecided, "marker"},
		"an AWS error that looks like a refusal": {"An error occurred (AccessDeniedException) when calling the ExecuteCommand operation: connection refused, reset, denied, curl: (56)",
			backend.Undecided, "marker"},
		"the marker of another call":      {strings.ReplaceAll(output("0", "200", answered), marker, "ambientffffffffffffffffffffffff"), backend.Undecided, "marker"},
		"a line cut inside the exit code": {"\n" + marker + " exit 5", backend.Undecided, "marker"},
		"a line cut before its end":       {"\n" + marker + " exit 56 status 000", backend.Undecided, "marker"},
	} {
		t.Run(name, func(t *testing.T) {
			for way, text := range map[string]string{"pod": test.output, "ECS Exec": session(test.output)} {
				answer := Parse(marker, []byte(text)).Answer()
				if answer.Outcome != test.outcome || !strings.Contains(answer.Why, test.why) {
					t.Errorf("by %s: got %s (%s), want %s (%s)", way, answer.Outcome, answer.Why, test.outcome, test.why)
				}
			}
		})
	}
}

func TestTheAnswerSurvivesTheTerminal(t *testing.T) {
	body := "{\n  \"hostname\": \"écho\",\n  \"escape\": \"\\u001b[0m\"\n}"
	plain := output("0", "200", response("200 OK", "x-one: 1\r\n", body))
	echoed := "$ sh -c 'm=" + marker + "'\r\n" + marker + " exit 7 status 000 .\r\n" + session(plain)
	colored := "\x1b[?2004h\x1b]0;title\x07" + strings.ReplaceAll(session(plain), marker, "\x1b[32m"+marker+"\x1b[0m")
	for name, text := range map[string]string{"pod": plain, "session": session(plain), "echo": echoed, "escapes": colored} {
		result := Parse(marker, []byte(text))
		if result.Body != body || result.Header("X-One") != "1" || result.Status != 200 || result.Truncated {
			t.Errorf("%s: got %+v", name, result)
		}
	}
}

func TestAContainerWithoutBase64AnswersInPlainText(t *testing.T) {
	text := "\n" + marker + " exit 0 status 200 .\n" + marker + " text\n" + strings.ReplaceAll(response("200 OK", "a: b\r\n", "one\ntwo"), "\r", "") + "\n\n" + marker + " end\n"
	for _, text := range []string{text, session(text)} {
		result := Parse(marker, []byte(text))
		if result.Body != "one\ntwo" || result.Truncated || !result.Found {
			t.Errorf("got %+v", result)
		}
	}
}

func TestALostEndLosesTheBodyAndNotTheDecision(t *testing.T) {
	whole := session(output("0", "200", response("200 OK", "", strings.Repeat("0123456789", 100))))
	line := marker + " exit 0 status 200 ."
	for at := strings.Index(whole, line) + len(line); at < strings.Index(whole, marker+" end"); at++ {
		result := Parse(marker, []byte(whole[:at]))
		if !result.Found || result.Status != 200 || !result.Truncated {
			t.Fatalf("cut at %d: %+v", at, result)
		}
		if result.Answer().Outcome != backend.Answered {
			t.Fatalf("cut at %d: %v", at, result.Answer())
		}
	}
}

func TestInterimResponsesAreNotTheBody(t *testing.T) {
	result := Parse(marker, []byte(output("0", "200", "HTTP/1.1 100 Continue\r\n\r\n"+response("200 OK", "a: b\r\n", "done"))))
	if result.Body != "done" || result.Header("a") != "b" {
		t.Errorf("got %+v", result)
	}
}

func FuzzOnlyTheMarkerDecides(f *testing.F) {
	f.Add([]byte(session(output("56", "000", "curl: (56) reset"))), []byte(""))
	f.Add([]byte("\x1b["), []byte("exit 0 status 200 ."))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		if !strings.Contains(string(before)+string(after), "ambient") {
			if result := Parse(marker, append(append([]byte{}, before...), after...)); result.Found {
				t.Fatalf("found without a marker: %+v", result)
			}
		}
		// Text around a result must not change its decision, unless it swallows the result, as an escape sequence may.
		if strings.ContainsRune(string(before), 0x1b) || strings.Contains(string(after), marker) {
			return
		}
		text := string(before) + output("28", "000", "curl: (28) late") + string(after)
		if result := Parse(marker, []byte(text)); !result.Found || result.Exit != 28 {
			t.Fatalf("got %+v", result)
		}
	})
}

func FuzzEveryBodyComesBackWhole(f *testing.F) {
	f.Add("hello\nworld")
	f.Add("curl: (56) said the application")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(body, marker) || strings.Contains(body, "\r\n") || strings.HasPrefix(body, "HTTP/") {
			return
		}
		if result := Parse(marker, []byte(session(output("0", "200", response("200 OK", "a: b\r\n", body))))); result.Body != body {
			t.Fatalf("got %q, want %q", result.Body, body)
		}
	})
}

func TestWhoAnsweredAUserIsToldByTheHeaders(t *testing.T) {
	passed := "x-envoy-upstream-service-time: 3"
	for name, c := range map[string]struct {
		result Result
		want   backend.Outcome
	}{
		"answered":                        {Result{Found: true, Status: 200, Headers: []string{passed}}, backend.Answered},
		"redirected by the gateway":       {Result{Found: true, Status: 301, Headers: []string{"location: https://shop.example.com/"}}, backend.Redirect},
		"redirected by the application":   {Result{Found: true, Status: 301, Headers: []string{"location: https://shop.example.com/", passed}}, backend.Answered},
		"redirected to plain HTTP":        {Result{Found: true, Status: 301, Headers: []string{"location: http://shop.example.com/"}}, backend.Answered},
		"unknown to the gateway":          {Result{Found: true, Status: 404}, backend.Unrouted},
		"unknown to the application":      {Result{Found: true, Status: 404, Headers: []string{passed}}, backend.Undecided},
		"refused by a waypoint":           {Result{Found: true, Status: 403, Body: "RBAC: access denied", Headers: []string{passed}}, backend.L7},
		"out of reach":                    {Failed(context.DeadlineExceeded), backend.Network},
		"refused":                         {Failed(syscall.ECONNREFUSED), backend.Network},
		"reset, which a policy cannot do": {Failed(syscall.ECONNRESET), backend.Undecided},
		"without a certificate":           {Failed(errors.New("remote error: tls: handshake failure")), backend.Undecided},
		"a name that nobody has":          {Failed(&net.DNSError{Err: "no such host"}), backend.Name},
	} {
		if got := c.result.Entered(); got.Outcome != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}
