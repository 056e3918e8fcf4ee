package sandboxed

import (
	"fmt"
	"strings"
)

// matches says whether a metric filter's pattern matches a line. It reads patterns of terms: every term must be in the line,
// one with a minus must not, and of those with a question mark one is enough. Terms in double quotes may hold spaces. Patterns that look
// into JSON, into columns or for regular expressions are refused: none of the program's is one.
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)
func matches(pattern, line string) (bool, error) {
	terms, err := split(pattern)
	if err != nil {
		return false, fmt.Errorf("metric filter pattern %s: %w", pattern, err)
	}
	optional, found := 0, 0
	for _, t := range terms {
		has := strings.Contains(line, t.text)
		switch t.sign {
		case '?':
			optional++
			if has {
				found++
			}
		case '-':
			if has {
				return false, nil
			}
		default:
			if !has {
				return false, nil
			}
		}
	}
	// CloudWatch does not look at optional terms beside others.
	return optional == 0 || found > 0 || optional < len(terms), nil
}

type term struct {
	sign byte
	text string
}

// split cuts a pattern into its terms. No pattern has none, and matches every line.
func split(pattern string) ([]term, error) {
	var terms []term
	rest := strings.TrimSpace(pattern)
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "%") {
		return nil, fmt.Errorf("the sandbox reads patterns of terms only")
	}
	for rest != "" {
		var t term
		if rest[0] == '?' || rest[0] == '-' {
			t.sign, rest = rest[0], rest[1:]
		}
		if strings.HasPrefix(rest, `"`) {
			text, after, closed := strings.Cut(rest[1:], `"`)
			if !closed {
				return nil, fmt.Errorf("a quote is not closed")
			}
			t.text, rest = text, after
		} else {
			t.text, rest, _ = strings.Cut(rest, " ")
		}
		terms = append(terms, t)
		rest = strings.TrimSpace(rest)
	}
	return terms, nil
}
