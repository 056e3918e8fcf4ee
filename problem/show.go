package problem

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// Hidden stands in a message for a value that must not be printed.
const Hidden = "[secret]"

// Show prints a value for a message: text in quotes, lists in brackets. For a value with a String method it prints
// what that method returns, so a secret stays hidden.
func Show(value any) string {
	if s, ok := value.(fmt.Stringer); ok {
		return s.String()
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Slice:
		shown := make([]string, 0, v.Len())
		for i := range v.Len() {
			shown = append(shown, Show(v.Index(i).Interface()))
		}
		return "[" + strings.Join(shown, ", ") + "]"
	default:
		return fmt.Sprint(value)
	}
}

// DidYouMean returns " (did you mean …?)" when a known word is near: at most two letters away, or one letter for a
// word of at most three letters. Otherwise it returns the empty string. It names all words that are equally near,
// because choosing one of them would claim too much.
func DidYouMean(word string, known []string) string {
	distance := 3
	if len(word) <= 3 {
		distance = 2
	}
	var best []string
	for _, candidate := range known {
		d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(candidate), nil)
		if d >= len(candidate) || d > distance || d == distance && best == nil {
			continue
		}
		if d < distance {
			best, distance = nil, d
		}
		best = append(best, candidate)
	}
	if best == nil {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", strings.Join(best, " or "))
}
