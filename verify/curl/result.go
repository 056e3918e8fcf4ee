package curl

import (
	"encoding/base64"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
)

// Result is the parsed output of a script.
type Result struct {
	// Found reports whether the line with exit code and status came back whole. Without it the other fields mean
	// nothing.
	Found bool
	// Exit is the exit code of curl, or of the shell if it could not start curl. Status is 0 if there was none.
	Exit, Status int
	// Headers are the header lines of the last response. Body is its body.
	Headers []string
	Body    string
	// Message is curl's standard error, without "curl: ".
	Message string
	// Truncated means that the end of the output was lost. Body may be incomplete.
	Truncated bool
}

// escape is a control sequence of a terminal: CSI, OSC, and the short ones.
var escape = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[()][A-Za-z0-9]|[=>@-Z\\\\^_])")

// complaint is an error line of curl, or of a shell that does not find curl.
var complaint = regexp.MustCompile(`(?m)^(?:curl: (?:\(\d+\) )?|(?:ba|da|a)?sh: )(.*)\n?`)

// Parse reads the output of a script. It never fails: a part that is not in the output is empty in the result.
func Parse(marker string, output []byte) Result {
	text := escape.ReplaceAllString(string(output), "")
	text = strings.ReplaceAll(text, "\r", "")
	m := regexp.QuoteMeta(marker)
	// The last one counts: a terminal may have echoed what came before.
	all := regexp.MustCompile(m+` exit (\d{1,3}) status (\d{3}) \.`).FindAllStringSubmatchIndex(text, -1)
	if marker == "" || len(all) == 0 {
		return Result{}
	}
	last := all[len(all)-1]
	result := Result{Found: true}
	result.Exit, _ = strconv.Atoi(text[last[2]:last[3]])
	result.Status, _ = strconv.Atoi(text[last[4]:last[5]])
	payload, whole := payload(marker, text[last[1]:])
	result.Truncated = !whole
	// curl prints the status line. It is not part of the response.
	payload = regexp.MustCompile(`\n?`+m+` status \d+\n?`).ReplaceAllString(payload, "")
	if result.Exit != 0 {
		if found := complaint.FindStringSubmatchIndex(payload); found != nil {
			result.Message = strings.TrimSpace(payload[found[2]:found[3]])
			payload = payload[:found[0]] + payload[found[1]:]
		}
	}
	result.Headers, result.Body = split(payload)
	return result
}

// payload is the decoded text between the result's line and the end.
func payload(marker, text string) (string, bool) {
	body, _, whole := strings.Cut(text, "\n"+marker+" end")
	if encoded, ok := after(body, marker+" base64\n"); ok {
		decoded, complete := decode(encoded)
		return decoded, whole && complete
	}
	plain, ok := after(body, marker+" text\n")
	if whole {
		plain = strings.TrimSuffix(plain, "\n")
	}
	return plain, whole && ok
}

func after(text, mark string) (string, bool) {
	_, rest, found := strings.Cut(text, mark)
	return rest, found
}

// decode decodes a base64 text that may be cut off.
func decode(text string) (string, bool) {
	encoded := strings.Map(func(r rune) rune {
		if r == '\n' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, text)
	whole := len(encoded)%4 == 0
	encoded = encoded[:len(encoded)/4*4]
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(decoded, []byte(encoded))
	return strings.ReplaceAll(string(decoded[:n]), "\r\n", "\n"), whole && err == nil
}

// split separates headers and body. It drops `100 Continue` and other interim responses.
func split(text string) (headers []string, body string) {
	for strings.HasPrefix(text, "HTTP/") {
		head, rest, _ := strings.Cut(text, "\n\n")
		headers, text = strings.Split(head, "\n"), rest
	}
	return headers, text
}

// Header is the value of a header of the response, empty if it had none.
func (r Result) Header(name string) string {
	for _, line := range r.Headers {
		if key, value, ok := strings.Cut(line, ":"); ok && textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(key)) == textproto.CanonicalMIMEHeaderKey(name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
