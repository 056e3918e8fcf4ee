package curl

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
)

// DefaultTimeout limits a call. It is shorter than ztunnel's own limit for opening a connection, 10 seconds:
// ztunnel accepts every connection at once and resets it when it gives up, so with more patience an
// unreachable network would look like a policy.
const DefaultTimeout = 5 * time.Second

// socks is ztunnel's SOCKS proxy in a task. ztunnel resolves the names.
const socks = "socks5h://127.0.0.1:15080"

// portHTTPS is the port on which a user speaks HTTPS.
const portHTTPS = 443

// maxOutput is how much of headers and body the container sends back.
const maxOutput = 256 << 10

// Script is a shell script whose result Parse reads.
type Script struct {
	// Marker tells the script's own lines from all others.
	Marker string
	inner  string
}

// NewMarker returns a marker that no output contains by chance.
func NewMarker() string {
	random := make([]byte, 12)
	_, _ = rand.Read(random) // It never fails: the program ends instead.
	return "ambient" + hex.EncodeToString(random)
}

// Run is a script that runs a command of the shell, which may be a pipeline.
func Run(marker, command string) Script { return Script{Marker: marker, inner: command} }

// New is the script of a call.
func New(marker string, r backend.Request) (Script, error) {
	if err := check(r); err != nil {
		return Script{}, fmt.Errorf("call %s:%d: %w", r.Host, r.Port, err)
	}
	timeout := r.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	seconds := strconv.FormatFloat(timeout.Seconds(), 'f', -1, 64)
	// -q must come first: curl then reads no .curlrc. -g: brackets are an IPv6 address, not a range. -i: the headers show
	// whether a proxy refused.
	words := []string{"curl", "-q", "-sS", "-g", "-i", "--connect-timeout", seconds, "--max-time", seconds}
	switch {
	case r.PastProxy:
		words = append(words, "--noproxy", "*", "--local-port", fmt.Sprintf("%d-%d", backend.FirstDirectPort, backend.LastDirectPort))
	case r.ByProxy:
		words = append(words, "--proxy", socks)
	}
	switch method := strings.ToUpper(r.Method); {
	case method == "HEAD":
		words = append(words, "--head")
	case method != "" && (method != "GET" || r.Data != ""):
		words = append(words, "--request", method)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		words = append(words, "--header", name+": "+r.Headers[name])
	}
	if r.Data != "" {
		words = append(words, "--data-raw", r.Data)
	}
	words = append(words, "--write-out", `\n`+marker+` status %{http_code}\n`, "--url", address(r))
	for i, word := range words {
		words[i] = quote(word)
	}
	return Script{Marker: marker, inner: strings.Join(words, " ")}, nil
}

// NewVisit is the script of a call of a user, who comes to the address of a load balancer and names a host. Port 443 is HTTPS. The
// certificate is not checked: it is for the host, and who trusts it is not known here.
func NewVisit(marker, address string, r backend.Request) (Script, error) {
	script, err := New(marker, r)
	if err != nil {
		return Script{}, err
	}
	to := quote(fmt.Sprintf("::%s:%d", address, r.Port))
	script.inner = strings.Replace(script.inner, quote("curl")+" "+quote("-q"), quote("curl")+" "+quote("-q")+" "+quote("--insecure")+" "+quote("--connect-to")+" "+to, 1)
	return script, nil
}

func check(r backend.Request) error {
	var problems []error
	if r.Host == "" || strings.ContainsAny(r.Host, " /?#@\x00") {
		problems = append(problems, fmt.Errorf("host %q is no hostname and no address", r.Host))
	}
	if r.Port < 1 || r.Port > 65535 {
		problems = append(problems, fmt.Errorf("port %d is not between 1 and 65535", r.Port))
	}
	if strings.ContainsAny(r.Method, " \t\r\n\x00") {
		problems = append(problems, fmt.Errorf("method %q has white space", r.Method))
	}
	if r.Timeout < 0 {
		problems = append(problems, fmt.Errorf("timeout %s is negative", r.Timeout))
	}
	texts := []string{r.Path, r.Data}
	for name, value := range r.Headers {
		texts = append(texts, name, value)
		if strings.ContainsAny(name+value, "\r\n") {
			problems = append(problems, fmt.Errorf("header %q has a line break", name))
		}
	}
	if strings.ContainsRune(strings.Join(texts, ""), 0) {
		problems = append(problems, errors.New("a NUL byte cannot be passed to a command"))
	}
	return errors.Join(problems...)
}

func address(r backend.Request) string {
	scheme := "http"
	if r.From.User && r.Port == portHTTPS {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort(strings.Trim(r.Host, "[]"), strconv.Itoa(r.Port))}
	path := r.Path
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return u.String() + strings.ReplaceAll(path, " ", "%20")
}

// quote makes one shell word of any text.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Args is the command for a place that takes one as a list: a pod.
func (s Script) Args() []string { return []string{"sh", "-c", s.text()} }

// Line is the command for a place that takes one as text: ECS Exec. AWS does not document whether the other end splits
// the text or passes it to a shell. So the line has a form that means the same to both: no quote inside the quotes, and
// every special character as an octal escape. That also keeps the marker out of an echo of the command.
func (s Script) Line() string {
	// ECS Exec ends the session when the command ends, and sometimes loses output that is still on its way.
	text := s.text() + "\nsleep 1\n"
	var encoded strings.Builder
	for _, b := range []byte(text) {
		if isPlain(b) {
			encoded.WriteByte(b)
			continue
		}
		fmt.Fprintf(&encoded, `\%03o`, b)
	}
	// The marker starts with a letter, which is written as an escape wherever the marker is.
	masked := strings.ReplaceAll(encoded.String(), s.Marker, fmt.Sprintf(`\%03o`, s.Marker[0])+s.Marker[1:])
	return `sh -c 'eval "$(printf "` + masked + `")"'`
}

func isPlain(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte(" ./:=,_-", b) >= 0
}

// text is the script. It uses the POSIX shell only, because a container may have just busybox's. It writes no file, because
// the root filesystem may be read-only.
func (s Script) text() string {
	return strings.Join([]string{
		"m=" + s.Marker,
		"r=$({ " + s.inner + "; } 2>&1 </dev/null)",
		"x=$?",
		"s=000",
		`case $r in *"$m status "*) s=${r##*"$m status "}; s=${s%%[!0-9]*};; esac`,
		`printf '\n%s exit %s status %s .\n' "$m" "$x" "$s"`,
		"if command -v base64 >/dev/null 2>&1 && command -v head >/dev/null 2>&1; then",
		`printf '%s base64\n' "$m"; printf %s "$r" | head -c ` + strconv.Itoa(maxOutput) + " | base64",
		"else",
		`printf '%s text\n%s\n' "$m" "$r"`,
		"fi",
		`printf '\n%s end\n' "$m"`,
	}, "\n")
}
