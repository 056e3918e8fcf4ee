package connect

import "encoding/json"

// Same compares two values as JSON: a client's numbers are int64, those of a literal may be int.
func Same(a, b any) bool {
	left, err := json.Marshal(a)
	if err != nil {
		return false
	}
	right, err := json.Marshal(b)
	return err == nil && string(left) == string(right)
}
