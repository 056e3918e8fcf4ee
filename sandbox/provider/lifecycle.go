package provider

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

func (p *instance) Check(ctx context.Context, r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	subject := resourceOf(r.Urn, "", false)
	subject.Seed = r.RandomSeed
	if subject.OldInputs, _, err = decode("old inputs", r.Olds); err != nil {
		return nil, err
	}
	if subject.Inputs, _, err = decode("inputs", r.News); err != nil {
		return nil, err
	}
	ctx, end := p.call(ctx, 0)
	defer end()
	inputs, failures, err := session.Check(ctx, subject)
	if err != nil {
		return nil, refusal(err)
	}
	out := &pulumirpc.CheckResponse{}
	if out.Inputs, err = encode("checked inputs", inputs); err != nil {
		return nil, err
	}
	for _, f := range failures {
		out.Failures = append(out.Failures, &pulumirpc.CheckFailure{Property: f.Property, Reason: f.Reason})
	}
	return out, nil
}

func (p *instance) Diff(ctx context.Context, r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	subject := resourceOf(r.Urn, r.Id, false)
	oldInputs, oldProperties, err := decode("old inputs", r.OldInputs)
	if err != nil {
		return nil, err
	}
	state, stateProperties, err := decode("state", r.Olds)
	if err != nil {
		return nil, err
	}
	inputs, newProperties, err := decode("inputs", r.News)
	if err != nil {
		return nil, err
	}
	subject.OldInputs, subject.State, subject.Inputs = oldInputs, state, inputs
	ctx, end := p.call(ctx, 0)
	defer end()
	changes, err := session.Diff(ctx, subject)
	if err != nil {
		return nil, refusal(err)
	}
	return diffResponse(changes, oldProperties, stateProperties, newProperties), nil
}

func (p *instance) Create(ctx context.Context, r *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	subject := resourceOf(r.Urn, "", r.Preview)
	if subject.Inputs, _, err = decode("inputs", r.Properties); err != nil {
		return nil, err
	}
	ctx, end := p.call(ctx, r.Timeout)
	defer end()
	id, state, err := session.Create(ctx, subject)
	if err != nil {
		return nil, failed(err, subject)
	}
	out := &pulumirpc.CreateResponse{Id: id}
	if out.Properties, err = encode("state", state); err != nil {
		return nil, err
	}
	return out, nil
}

func (p *instance) Update(ctx context.Context, r *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	subject := resourceOf(r.Urn, r.Id, r.Preview)
	if err := decodeThree(&subject, r.OldInputs, r.Olds, r.News); err != nil {
		return nil, err
	}
	ctx, end := p.call(ctx, r.Timeout)
	defer end()
	state, err := session.Update(ctx, subject)
	if err != nil {
		return nil, failed(err, subject)
	}
	out := &pulumirpc.UpdateResponse{}
	if out.Properties, err = encode("state", state); err != nil {
		return nil, err
	}
	return out, nil
}

func (p *instance) Read(ctx context.Context, r *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	subject := resourceOf(r.Urn, r.Id, false)
	if err := decodeThree(&subject, nil, r.Properties, r.Inputs); err != nil {
		return nil, err
	}
	ctx, end := p.call(ctx, r.Timeout)
	defer end()
	id, inputs, state, err := session.Read(ctx, subject)
	if err != nil {
		return nil, failed(err, subject)
	}
	if state == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	if id == "" {
		id = r.Id
	}
	out := &pulumirpc.ReadResponse{Id: id}
	if out.Properties, err = encode("state", state); err != nil {
		return nil, err
	}
	if inputs != nil {
		if out.Inputs, err = encode("inputs", inputs); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *instance) Delete(ctx context.Context, r *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	subject := resourceOf(r.Urn, r.Id, false)
	if err := decodeThree(&subject, r.OldInputs, r.Properties, r.OldInputs); err != nil {
		return nil, err
	}
	ctx, end := p.call(ctx, r.Timeout)
	defer end()
	if err := session.Delete(ctx, subject); err != nil {
		return nil, refusal(err)
	}
	return &emptypb.Empty{}, nil
}

func decodeThree(subject *Resource, oldInputs, state, inputs *structpb.Struct) (err error) {
	if subject.OldInputs, _, err = decode("old inputs", oldInputs); err != nil {
		return err
	}
	if subject.State, _, err = decode("state", state); err != nil {
		return err
	}
	subject.Inputs, _, err = decode("inputs", inputs)
	return err
}

// failed passes on the error of a create, an update or a read. With a PartialError the engine keeps the resource
// in its state. The resource exists, and the next update has to repair it.
func failed(err error, subject Resource) error {
	var partial *PartialError
	if !errors.As(err, &partial) {
		return refusal(err)
	}
	inputs := partial.Inputs
	if inputs == nil {
		inputs = subject.Inputs
	}
	detail := &pulumirpc.ErrorResourceInitFailed{Id: partial.ID, Reasons: []string{err.Error()}}
	if detail.Id == "" {
		detail.Id = subject.ID
	}
	var encoding error
	if detail.Properties, encoding = encode("state", partial.State); encoding != nil {
		return encoding
	}
	if detail.Inputs, encoding = encode("inputs", inputs); encoding != nil {
		return encoding
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, err.Error()), detail)
}

// firstOf returns the inputs where an older engine does not send them apart from the outputs.
func firstOf(inputs, outputs *structpb.Struct) *structpb.Struct {
	if inputs != nil {
		return inputs
	}
	return outputs
}
