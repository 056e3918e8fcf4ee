// Package awstest stands in for the APIs of AWS and Kubernetes on the loopback address. It takes the requests of the real clients
// and returns the answers that a test recorded.
package awstest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Input is a client's request: the fields of a JSON or CBOR body, or the parameters of a query.
type Input map[string]any

// Text is a field that is text.
func (i Input) Text(key string) string {
	s, _ := i[key].(string)
	return s
}

// Answer is an answer: a value that is encoded as JSON or CBOR, or XML as text for the APIs that use XML.
type Answer func(Input) any

// Failure is an answer by which AWS refuses.
type Failure struct{ Code, Message string }

// AWS is the stand-in.
type AWS struct {
	// URL is the address on which it listens.
	URL string

	t       *testing.T
	mu      sync.Mutex
	answers map[string]Answer
	calls   []string
	keys    []string
	regions []string
}

// New starts a stand-in, and makes it the AWS of this process until the test ends. The machine's own configuration is not
// read.
func New(t *testing.T) *AWS {
	t.Helper()
	a := &AWS{t: t, answers: map[string]Answer{}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.URL = server.URL
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": empty, "AWS_SHARED_CREDENTIALS_FILE": empty, "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_MAX_ATTEMPTS": "1", "HTTP_PROXY": "", "http_proxy": "",
	} {
		t.Setenv(name, value)
	}
	return a
}

// On records the answer to an action, such as "ecs:ListTasks".
func (a *AWS) On(action string, answer Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[action] = answer
}

// Regions are those of the requested actions, in their order.
func (a *AWS) Regions() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.regions...)
}

// Calls are the requested actions, in order. Keys are the access keys that signed them.
func (a *AWS) Calls() (calls, keys []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.calls...), append([]string{}, a.keys...)
}

// services are the names in the signatures, where they are not those of the actions.
var services = map[string]string{"logs": "logs", "ecs": "ecs", "ec2": "ec2", "iam": "iam", "sts": "sts", "elasticloadbalancing": "elb", "monitoring": "cloudwatch"}

// ServeHTTP answers one request.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key, region, service := signature(r)
	input := Input{}
	_, action, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	_, operation, isCBOR := strings.Cut(r.URL.Path, "/operation/")
	switch {
	case isJSON:
		err = json.Unmarshal(body, &input)
	case isCBOR:
		action = operation
		input, err = readCBOR(body)
	default:
		var values url.Values
		values, err = url.ParseQuery(string(body))
		for name := range values {
			input[name] = values.Get(name)
		}
		action = values.Get("Action")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	action = services[service] + ":" + action
	a.mu.Lock()
	a.calls, a.keys, a.regions = append(a.calls, action), append(a.keys, key), append(a.regions, region)
	answer := a.answers[action]
	a.mu.Unlock()
	var out any = Failure{"AccessDeniedException", "User: arn:aws:sts::111122223333:assumed-role/test is not authorized to perform: " + action}
	if answer != nil {
		out = answer(input)
	}
	switch {
	case isJSON:
		a.writeJSON(w, out)
	case isCBOR:
		a.writeCBOR(w, out)
	default:
		writeXML(w, service, out)
	}
}

func (a *AWS) writeJSON(w http.ResponseWriter, out any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if f, refused := out.(Failure); refused {
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"__type": f.Code, "message": f.Message}
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		a.t.Errorf("the answer is not JSON: %v", err)
	}
}

func writeXML(w http.ResponseWriter, service string, out any) {
	w.Header().Set("Content-Type", "text/xml")
	text, _ := out.(string)
	if f, refused := out.(Failure); refused {
		w.WriteHeader(http.StatusForbidden)
		text = "<ErrorResponse><Error><Code>" + f.Code + "</Code><Message>" + f.Message + "</Message></Error></ErrorResponse>"
		if service == "ec2" {
			text = "<Response><Errors><Error><Code>" + f.Code + "</Code><Message>" + f.Message + "</Message></Error></Errors></Response>"
		}
	}
	_, _ = io.WriteString(w, text) // A client that has closed the connection is no failure.
}

// signature reads who signed a request, and for which region and service: "AWS4-HMAC-SHA256 Credential=KEY/20260101/region/ecs/aws4_request, …".
func signature(r *http.Request) (key, region, service string) {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return "", "", ""
	}
	return parts[0], parts[2], parts[3]
}

// Identity is the answer of sts:GetCallerIdentity.
func Identity(account string) Answer {
	return func(Input) any {
		return `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::` + account + `:assumed-role/admin/me</Arn><UserId>AROA:me</UserId><Account>` +
			account + `</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	}
}
