package bootstrap

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"ambient-ecs/tests/golden"
)

// certificate stands for a root certificate; only its shape matters here.
const certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIQexample+/=\n-----END CERTIFICATE-----\n"

func TestTokenMatchesGolden(t *testing.T) {
	for name, token := range map[string]Token{
		"gateway": {
			URL: URL("internal-abc-1.elb.eu-central-1.amazonaws.com"), CACert: certificate, Namespace: "demo-1",
			ServiceAccount: "ecs", Platform: PlatformECS, Network: "eks", Remote: true,
		},
		"direct": {
			URL: URL("10.0.0.7"), CACert: certificate, Namespace: "demo-1", ServiceAccount: "ecs",
			Platform: PlatformECS, Network: "eks",
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".token")
			got := token.Encode() + "\n"
			golden.Check(t, file, got, "With the token every task definition changes.")
		})
	}
}

func TestTokenIsJSONInBase64Twice(t *testing.T) {
	encoded := Token{URL: URL("gateway"), Namespace: "demo-1", Platform: PlatformECS, Remote: true}.Encode()
	for range 2 {
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		encoded = string(raw)
	}
	want := `{"url":"https://gateway:15012","namespace":"demo-1","platform":"ecs","remote":true}`
	if encoded != want {
		t.Errorf("got %s, want %s", encoded, want)
	}
}

func TestEmptyFieldsAreLeftOut(t *testing.T) {
	if got, want := (Token{}).Encode(), encode(encode("{}")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestURLBracketsIPv6(t *testing.T) {
	if got, want := URL("2001:db8::1"), "https://[2001:db8::1]:15012"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, encoded, want string }{
		{"nothing", "", "is not set"},
		{"not base64", "%", "outer base64"},
		{"base64 once", encode("%"), "inner base64"},
		{"not JSON", encode(encode("url")), "invalid character"},
		{"other types", encode(encode(`{"url":"x","remote":"yes"}`)), "cannot be decoded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Decode(c.encoded)
			if err == nil || !strings.Contains(err.Error(), c.want) || got != (Token{}) {
				t.Errorf("got %+v and error %v, want an error with %q", got, err, c.want)
			}
		})
	}
}

func FuzzDecodeReadsWhatEncodeWrote(f *testing.F) {
	f.Add("https://gateway:15012", certificate, "demo-1", "ecs", "ecs", "", "eks", true)
	f.Add("", "", "", "", "", "", "", false)
	f.Add("<&>\u2028", "\"\\\x00", "\n", "é", "𝄞", "=", "+/", true)
	f.Fuzz(func(t *testing.T, url, cert, namespace, account, platform, credential, network string, remote bool) {
		for _, s := range []string{url, cert, namespace, account, platform, credential, network} {
			if !utf8.ValidString(s) {
				// JSON has no other strings, and neither have Kubernetes and AWS.
				return
			}
		}
		token := Token{
			URL: url, CACert: cert, Namespace: namespace, ServiceAccount: account, Platform: platform,
			Credential: credential, Network: network, Remote: remote,
		}
		got, err := Decode(token.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if got != token {
			t.Errorf("got %+v, want %+v", got, token)
		}
	})
}
