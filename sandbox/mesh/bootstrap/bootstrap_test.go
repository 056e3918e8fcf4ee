package bootstrap

import (
	"encoding/base64"
	"strings"
	"testing"
)

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestTokenIsJSONInBase64Twice(t *testing.T) {
	got, err := Decode(encode(encode(`{"url":"https://gateway:15012","caCert":"ROOT\n","namespace":"mesh-1","serviceAccount":"ecs","platform":"ecs","network":"eks","remote":true,"token":""}`)))
	want := Token{URL: "https://gateway:15012", CACert: "ROOT\n", Namespace: "mesh-1", ServiceAccount: "ecs", Platform: "ecs", Network: "eks", Remote: true}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, words string }{
		"nothing":        {"", "is not set"},
		"plain JSON":     {`{"url":"x"}`, "cannot be decoded"},
		"base64 once":    {encode(`{"url":"x"}`), "cannot be decoded"},
		"no JSON inside": {encode(encode("url")), "cannot be decoded"},
		"other types":    {encode(encode(`{"url":"x","remote":"yes"}`)), "cannot be decoded"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Decode(c.text); err == nil || !strings.Contains(err.Error(), c.words) || got != (Token{}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
