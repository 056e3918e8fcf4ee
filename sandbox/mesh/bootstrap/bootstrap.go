// Package bootstrap reads the token that a task's ztunnel starts from, as ztunnel reads it.
//
// It shares no code with the program that writes the token: what is deployed is to be judged by a second pair of eyes.
package bootstrap

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Variable is the environment variable that holds the token.
const Variable = "BOOTSTRAP_TOKEN"

// Token says where istiod is and whom to trust, and which identity to ask for.
type Token struct {
	URL            string `json:"url"`
	CACert         string `json:"caCert"`
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
	Platform       string `json:"platform"`
	Network        string `json:"network"`
	Remote         bool   `json:"remote"`
}

// Decode reads JSON that is base64 encoded twice. An error is the end of a sentence that begins with the variable.
func Decode(text string) (Token, error) {
	var t Token
	if text == "" {
		return t, errors.New("is not set")
	}
	data := []byte(text)
	for range 2 {
		decoded, err := base64.StdEncoding.DecodeString(string(data))
		if err != nil {
			return t, fmt.Errorf("cannot be decoded: %w", err)
		}
		data = decoded
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return Token{}, fmt.Errorf("cannot be decoded: %w", err)
	}
	return t, nil
}
