package recorder

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

// transform shows the parts of a remote component to the component's transforms, as the engine does when a plugin
// registers them, and records the parts with the inputs that the transforms leave. Of the options that a transform may change it
// records Protect, IgnoreChanges, dependencies and aliases by name.
func (m *monitor) transform(ctx context.Context, req *pulumirpc.RegisterResourceRequest, parts []*Resource) error {
	if len(req.GetTransforms()) > 0 && !req.GetRemote() {
		return fmt.Errorf("the recorder does not model transforms of %s, which is no remote component", req.GetType())
	}
	for _, part := range parts {
		// Without a transform a part has the protection of its component.
		part.Protect = req.GetProtect()
		for _, callback := range req.GetTransforms() {
			options, inputs, err := transformed(ctx, callback, part)
			if err != nil {
				return fmt.Errorf("transform %s %s: %w", part.Type, part.Name, err)
			}
			if inputs != nil {
				part.Inputs = inputs
			}
			if options != nil {
				part.Protect, part.IgnoreChanges = options.GetProtect(), options.GetIgnoreChanges()
				part.Dependencies = options.GetDependsOn()
				for _, alias := range options.GetAliases() {
					part.AliasNames = append(part.AliasNames, alias.GetSpec().GetName())
				}
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.recording.Made = append(m.recording.Made, parts...)
	return nil
}

// transformed calls one transform in the program. It returns nil options and inputs where the transform leaves a part as it is.
func transformed(ctx context.Context, callback *pulumirpc.Callback, part *Resource) (*pulumirpc.TransformResourceOptions, map[string]any, error) {
	properties, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(part.Inputs), marshal)
	if err != nil {
		return nil, nil, err
	}
	request, err := proto.Marshal(&pulumirpc.TransformRequest{
		Type: part.Type, Name: part.Name, Custom: part.Custom, Parent: part.Parent, Properties: properties,
		Options: &pulumirpc.TransformResourceOptions{Protect: &part.Protect, IgnoreChanges: part.IgnoreChanges, DependsOn: part.Dependencies},
	})
	if err != nil {
		return nil, nil, err
	}
	connection, err := grpc.NewClient(callback.GetTarget(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, err
	}
	defer connection.Close()
	answer, err := pulumirpc.NewCallbacksClient(connection).Invoke(ctx, &pulumirpc.CallbackInvokeRequest{Token: callback.GetToken(), Request: request})
	if err != nil {
		return nil, nil, err
	}
	var response pulumirpc.TransformResponse
	if err := proto.Unmarshal(answer.GetResponse(), &response); err != nil {
		return nil, nil, err
	}
	if response.GetProperties() == nil {
		return response.GetOptions(), nil, nil
	}
	inputs, err := plugin.UnmarshalProperties(response.GetProperties(), marshal)
	if err != nil {
		return nil, nil, err
	}
	return response.GetOptions(), inputs.Mappable(), nil
}
