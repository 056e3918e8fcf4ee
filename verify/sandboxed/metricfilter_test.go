package sandboxed

import "testing"

func TestAPatternMatchesByItsTerms(t *testing.T) {
	const line = "warn xds::client XDS client connection error: refused"
	for pattern, want := range map[string]bool{
		"":                              true,
		`"XDS client connection error"`: true,
		`"xds client"`:                  false,
		"XDS refused":                   true,
		"XDS accepted":                  false,
		"warn -refused":                 false,
		"warn -accepted":                true,
		"?accepted ?refused":            true,
		"?accepted ?denied":             false,
		"warn ?accepted":                true,
	} {
		if got, err := matches(pattern, line); got != want || err != nil {
			t.Errorf("%s: %v, %v", pattern, got, err)
		}
	}
	for _, pattern := range []string{`{ $.level = "warn" }`, "[date, level]", "%err.*%", `"open`} {
		if _, err := matches(pattern, line); err == nil {
			t.Errorf("%s is read", pattern)
		}
	}
}
