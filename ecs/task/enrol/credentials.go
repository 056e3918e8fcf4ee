package enrol

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

// The words of a variable's name that tell what it holds.
var (
	// secretWords end the names of credentials, alone or as the end of a longer word: PGPASSWORD.
	secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "apikey", "accesskey", "privatekey", "secretkey"}
	// shortWords end them as whole words only.
	shortWords = []string{"pass", "pwd"}
	// keyWords stand before "key" where it is no key of a table, a cache or a file.
	keyWords = []string{"access", "account", "api", "app", "application", "auth", "cookie", "encryption", "encrypt", "crypto", "hmac", "jwt", "license", "master", "private", "salt", "secret", "session", "shared", "signature", "signing", "webhook"}
	// quantityWords make a number a quantity.
	quantityWords = []string{"max", "min", "limit", "count", "num", "number", "size", "length", "budget", "ttl", "timeout", "lifetime", "expiry", "expires", "seconds", "minutes", "hours", "days"}
	// published begin the names of variables that a build writes into pages, for everybody to read.
	published = []string{"NEXT_PUBLIC_", "NUXT_PUBLIC_", "VITE_", "REACT_APP_", "GATSBY_", "EXPO_PUBLIC_"}
)

var (
	// reference is a value that says where something is, or whether, and not what it is: a path, an ARN, a URL, a flag, the name of
	// a header, another variable.
	reference = regexp.MustCompile(`^(?:|/.*|arn:.*|https?://[^@]*|(?i:true|false|yes|no|on|off)|[01]|X-[A-Za-z][A-Za-z-]*|\$\w+|\$\{.*\})$`)
	number    = regexp.MustCompile(`^[0-9]+$`)
	// storeName is the name of an entry of a store of secrets.
	storeName = regexp.MustCompile(`^[a-z0-9]+(?:[-/_.][a-z0-9]+)+$`)
	// confidentialValues are what gives itself away: keys of AWS, GitHub, GitLab, npm, Slack, Stripe, Google, SendGrid and OpenAI, private
	// keys, JSON Web Tokens, URLs with a password, and passwords in connection strings and queries.
	confidentialValues = []*regexp.Regexp{
		regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_\w{22}|\bglpat-[\w-]{20}|\bnpm_[0-9A-Za-z]{36}|\bxox[abprs]-|\b[sr]k_live_|\bAIza[\w-]{35}|\bSG\.[\w-]{22}\.[\w-]{43}|\bsk-[\w-]{32}`),
		regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.`),
		regexp.MustCompile(`^[a-z][a-z0-9+.:-]*://[^/\s:@]*:[^/\s@$<{][^/\s@]*@`),
		regexp.MustCompile(`(?i)(?:^|[;?&\s,])(?:password|passwd|pwd|accountkey|sharedaccesskey|api_?key|access_?token|client_?secret)\s*=\s*[^\s;&$<{%*]`),
	}
	// camel is where a word begins inside another: dbPassword, DBPassword.
	camel = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)
	// version is a word that only tells names apart.
	version = regexp.MustCompile(`^(?:v?[0-9]+|base|old|new|previous|current)$`)
)

// LooksConfidential reports whether a variable looks like one whose value should be secret.
func LooksConfidential(name, value string) bool {
	if slices.ContainsFunc(confidentialValues, func(known *regexp.Regexp) bool { return known.MatchString(value) }) {
		return true
	}
	words := wordsOf(name)
	switch {
	case !namesCredential(words), reference.MatchString(value), slices.ContainsFunc(published, func(prefix string) bool { return strings.HasPrefix(name, prefix) }):
		return false
	case number.MatchString(value) && slices.ContainsFunc(words, func(word string) bool { return slices.Contains(quantityWords, word) }):
		return false
	}
	// DB_PASSWORD_SECRET=orders-db says which secret holds the password.
	return !(len(words) > 1 && words[len(words)-1] == "secret" && namesCredential(words[:len(words)-1]) && storeName.MatchString(value))
}

// wordsOf are the words of a variable's name, in small letters.
func wordsOf(name string) []string {
	apart := camel.ReplaceAllString(camel.ReplaceAllString(name, "${1}${3}_${2}${4}"), "${1}${3}_${2}${4}")
	words := strings.FieldsFunc(strings.ToLower(apart), func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	for len(words) > 1 && version.MatchString(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return words
}

// namesCredential reports whether a variable of these words holds a credential.
func namesCredential(words []string) bool {
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	if last == "key" {
		return len(words) > 1 && slices.Contains(keyWords, words[len(words)-2])
	}
	return slices.Contains(shortWords, last) || slices.ContainsFunc(secretWords, func(word string) bool { return strings.HasSuffix(last, word) })
}

// Credentials are the variables of a definition that look like credentials, but those whose names are meant. Everybody who may
// describe a task definition can read them, and so can everybody who reads the file.
func Credentials(d *definition.Definition, meant ...string) (found problem.List) {
	for i, c := range d.ContainerDefinitions {
		if definition.Text(c.Name) == ZtunnelName {
			continue
		}
		for j, v := range c.Environment {
			if name := definition.Text(v.Name); !slices.Contains(meant, name) && LooksConfidential(name, definition.Text(v.Value)) {
				found.Add(fmt.Sprintf("containerDefinitions[%d].environment[%d]", i, j), "",
					"%s looks like a credential, and whoever reads the definition reads it: keep it in Secrets Manager or in Systems Manager, and name it in secrets", name)
			}
		}
	}
	return found
}
