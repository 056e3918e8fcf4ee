package provider

import (
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

type unknown struct{}

func (unknown) String() string { return "(unknown)" }

// Unknown stands for a value that is not known while previewing. It compares with ==.
var Unknown = unknown{}

// IsUnknown reports whether v is Unknown itself.
func IsUnknown(v any) bool { return v == Unknown }

// HasUnknown reports whether v is Unknown or holds it at any depth.
func HasUnknown(v any) bool {
	switch v := v.(type) {
	case unknown:
		return true
	case []any:
		for _, e := range v {
			if HasUnknown(e) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if HasUnknown(e) {
				return true
			}
		}
	}
	return false
}

// decode turns what the engine sent into plain values. Secrets are decrypted. The engine itself marks the
// matching outputs as secret again, because the server does not claim to understand secrets.
func decode(label string, s *structpb.Struct) (map[string]any, resource.PropertyMap, error) {
	properties, err := plugin.UnmarshalProperties(s, plugin.MarshalOptions{Label: label, KeepUnknowns: true, RejectAssets: true})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", label, err)
	}
	return plainMap(properties), properties, nil
}

// encode is decode's inverse.
func encode(label string, m map[string]any) (*structpb.Struct, error) {
	properties, err := propertyMap(label, m)
	if err != nil {
		return nil, err
	}
	return plugin.MarshalProperties(properties, plugin.MarshalOptions{Label: label, KeepUnknowns: true})
}

func plainMap(m resource.PropertyMap) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		// A null property means the same as an absent one. Handlers see only absent ones.
		if !v.IsNull() {
			out[string(k)] = plain(v)
		}
	}
	return out
}

func plain(v resource.PropertyValue) any {
	switch {
	case v.IsComputed():
		return Unknown
	case v.IsOutput():
		if o := v.OutputValue(); o.Known {
			return plain(o.Element)
		}
		return Unknown
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsArray():
		out := make([]any, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			out[i] = plain(e)
		}
		return out
	case v.IsObject():
		return plainMap(v.ObjectValue())
	default:
		return v.V
	}
}

func propertyMap(path string, m map[string]any) (resource.PropertyMap, error) {
	out := make(resource.PropertyMap, len(m))
	for k, v := range m {
		p, err := property(path+"."+k, v)
		if err != nil {
			return nil, err
		}
		out[resource.PropertyKey(k)] = p
	}
	return out, nil
}

func property(path string, v any) (resource.PropertyValue, error) {
	if v == nil {
		return resource.NewNullProperty(), nil
	}
	if IsUnknown(v) {
		return resource.MakeComputed(resource.NewStringProperty("")), nil
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Bool:
		return resource.NewBoolProperty(r.Bool()), nil
	case reflect.String:
		return resource.NewStringProperty(r.String()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return resource.NewNumberProperty(float64(r.Int())), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return resource.NewNumberProperty(float64(r.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return resource.NewNumberProperty(r.Float()), nil
	case reflect.Slice, reflect.Array:
		out := make([]resource.PropertyValue, r.Len())
		for i := range out {
			e, err := property(fmt.Sprintf("%s[%d]", path, i), r.Index(i).Interface())
			if err != nil {
				return resource.PropertyValue{}, err
			}
			out[i] = e
		}
		return resource.NewArrayProperty(out), nil
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String {
			break
		}
		m := make(map[string]any, r.Len())
		for it := r.MapRange(); it.Next(); {
			m[it.Key().String()] = it.Value().Interface()
		}
		o, err := propertyMap(path, m)
		return resource.NewObjectProperty(o), err
	}
	return resource.PropertyValue{}, fmt.Errorf("%s: a %T cannot be sent to the engine", path, v)
}
