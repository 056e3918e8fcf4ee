package connect

import "encoding/json"

// Same compares two values as JSON. Numbers from a client are int64, and numbers in a literal may be int.
func Same(a, b any) bool {
	left, err := json.Marshal(a)
	if err != nil {
		return false
	}
	right, err := json.Marshal(b)
	return err == nil && string(left) == string(right)
}
