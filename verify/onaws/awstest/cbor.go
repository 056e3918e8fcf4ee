package awstest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"

	"github.com/aws/smithy-go/encoding/cbor"
)

// readCBOR reads the fields of a request.
func readCBOR(body []byte) (Input, error) {
	if len(body) == 0 {
		return Input{}, nil
	}
	decoded, err := cbor.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("read a request: %w", err)
	}
	fields, ok := plain(decoded).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a request is %T", decoded)
	}
	return fields, nil
}

// plain is a value in the types of decoded JSON.
func plain(v cbor.Value) any {
	switch v := v.(type) {
	case cbor.Map:
		fields := map[string]any{}
		for key, value := range v {
			fields[key] = plain(value)
		}
		return fields
	case cbor.List:
		all := []any{}
		for _, one := range v {
			all = append(all, plain(one))
		}
		return all
	case cbor.String:
		return string(v)
	case cbor.Bool:
		return bool(v)
	case cbor.Uint:
		return float64(v)
	case cbor.Float64:
		return float64(v)
	}
	return nil
}

// writeCBOR answers with anything that becomes JSON.
func (a *AWS) writeCBOR(w http.ResponseWriter, out any) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	status := http.StatusOK
	if f, refused := out.(Failure); refused {
		status = http.StatusBadRequest
		out = map[string]any{"__type": f.Code, "message": f.Message}
	}
	var fields any
	data, err := json.Marshal(out)
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	if err != nil {
		a.t.Errorf("the answer is not JSON: %v", err)
	}
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(packed(fields))) // A client that has closed the connection is no failure.
}

func packed(v any) cbor.Value {
	switch v := v.(type) {
	case map[string]any:
		fields := cbor.Map{}
		for key, value := range v {
			fields[key] = packed(value)
		}
		return fields
	case []any:
		all := cbor.List{}
		for _, one := range v {
			all = append(all, packed(one))
		}
		return all
	case string:
		return cbor.String(v)
	case bool:
		return cbor.Bool(v)
	case float64:
		// The client refuses a float where it expects a whole number.
		if v >= 0 && v == math.Trunc(v) {
			return cbor.Uint(v)
		}
		return cbor.Float64(v)
	}
	return &cbor.Nil{}
}
