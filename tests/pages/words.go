package pages

import (
	"regexp"
	"slices"
	"strings"
)

// words are the words of the command that a text begins with, as a shell reads them: up to the end of the line or the next command, and
// without what it reads from and writes to files. Variables and commands in it stay as they are. Whole says that the text reads or writes
// files, or goes on with another command, so it is there to be typed.
func words(text string) (all []string, whole bool) {
	var word strings.Builder
	quoted, skip := false, false
	end := func() {
		if word.Len() > 0 || quoted {
			if !skip && word.String() != elision {
				all = append(all, word.String())
			}
			skip = false
		}
		word.Reset()
		quoted = false
	}
	for text = continued.ReplaceAllString(text, " "); text != ""; {
		size := 1
		switch c := text[0]; {
		case c == '\n', c == '#' && word.Len() == 0:
			end()
			return all, whole
		case strings.ContainsRune("|;&)", rune(c)):
			end()
			return all, true
		case c == ' ', c == '\t':
			end()
		case c == '<', c == '>':
			if descriptor.MatchString(word.String()) {
				word.Reset()
			}
			end()
			size = len(redirection.FindString(text))
			skip, whole = true, true
		case c == '\'', c == '"', strings.HasPrefix(text, "$("), strings.HasPrefix(text, "${"):
			size = span(text)
			quoted = quoted || c != '$'
			word.WriteString(strings.Trim(text[:size], string(c)))
		case c == '\\' && len(text) > 1:
			size = 2
			word.WriteByte(text[1])
		default:
			word.WriteByte(c)
		}
		text = text[size:]
	}
	end()
	return all, whole
}

// elision stands for what a page leaves out.
const elision = "…"

var (
	// continued is the end of a line that goes on in the next, also in a comment.
	continued   = regexp.MustCompile(`\\\n[ \t#]*`)
	descriptor  = regexp.MustCompile(`^\d$`)
	redirection = regexp.MustCompile(`^[<>]+(?:&\d?)?`)
)

// span is the length of the quotation, the command or the variable that a text begins with, with those in it.
func span(text string) int {
	closing := map[byte]byte{'\'': '\'', '"': '"', '(': ')', '{': '}'}
	start := slices.Max([]int{1, strings.IndexAny(text, "'\"({") + 1})
	last := closing[text[start-1]]
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c == last:
			return i + 1
		case last == '\'':
		case c == '\\':
			i++
		case c == '"' && last != '"', strings.HasPrefix(text[i:], "$("), strings.HasPrefix(text[i:], "${"):
			i += span(text[i:]) - 1
		}
	}
	return len(text)
}
