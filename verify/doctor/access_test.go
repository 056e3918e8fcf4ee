package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ambient-ecs/verify/backend"
)

// refusing answers every request to the Kubernetes API with an error.
type refusing struct{ err error }

func (r refusing) List(context.Context, string, string) ([]backend.Object, error) { return nil, r.err }

func (r refusing) Get(context.Context, string, string, string, string) (backend.Object, error) {
	return nil, r.err
}

func TestWhoIsLockedOutHearsHowToGetIn(t *testing.T) {
	for text, want := range map[string]bool{
		"Unauthorized": true,
		"the server has asked for the client to provide credentials": true,
		"dial tcp 10.0.0.1:443: i/o timeout":                         false,
	} {
		_, err := ReadKubernetes(t.Context(), refusing{errors.New(text)}, healthy().stack)
		if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "clusterAdmins") != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}
