package traffic

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ambient-ecs/tests/golden"
)

const echo, canary = "echo.demo-2.ecs.local", "echo.demo-1.ecs.local"

func both(old, new int) []Backend {
	return []Backend{{echo, 8080, old}, {canary, 8080, new}}
}

func service(change func(*Service)) Service {
	s := Service{Namespace: "demo-2", Name: "echo", Hostname: echo, Entry: "ecs-service-1-eu-central-1-demo-2-echo", Default: both(9, 1)}
	change(&s)
	return s
}

// examples are services whose objects are golden files.
var examples = map[string]Service{
	"split": service(func(s *Service) { s.Timeout = 5 * time.Second }),
	"routes": service(func(s *Service) {
		s.Default = both(1, 0)
		s.Routes = []Route{
			{PathPrefix: "/orders/", Method: "POST", To: both(0, 1)},
			{Headers: []Header{{"x-canary", "yes"}}, To: both(0, 1)},
		}
	}),
	"order": service(func(s *Service) {
		s.Routes = []Route{
			{Headers: []Header{{"X-Canary", "yes"}}, To: both(0, 1)},
			{PathPrefix: "/orders/", To: both(1, 0)},
		}
	}),
	"retries": service(func(s *Service) {
		s.Timeout, s.Retries = 90*time.Second, &Retries{Attempts: 3, PerTry: 1500 * time.Millisecond, On: []string{"5xx", "reset"}}
	}),
	"once": service(func(s *Service) { s.Retries = &Retries{} }),
	"fault": service(func(s *Service) {
		s.Fault = &Fault{DelayPercent: 10, Delay: 2 * time.Second, AbortPercent: 5, AbortStatus: 503}
	}),
	"shared": {Namespace: "demo-pay", Name: "pay", Hostname: "pay.demo.ecs.local", Default: []Backend{{"pay.demo.ecs.local", 9090, 1}}, Timeout: time.Second},
}

func TestObjectsMatchGolden(t *testing.T) {
	for name, s := range examples {
		t.Run(name, func(t *testing.T) {
			object, err := s.Object()
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.MarshalIndent(map[string]any{
				"apiVersion": object.APIVersion, "kind": object.Kind,
				"metadata": map[string]any{"name": object.Name, "namespace": object.Namespace}, "spec": object.Spec,
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/"+name+".json", string(data)+"\n", "Objects differ.")
		})
	}
}

func TestTheGatewayAPIIsUsedWhereItCanSayEverything(t *testing.T) {
	for name, kind := range map[string]string{
		"split": "HTTPRoute", "routes": "HTTPRoute",
		"order": "VirtualService", "retries": "VirtualService", "once": "VirtualService", "fault": "VirtualService", "shared": "VirtualService",
	} {
		object, err := examples[name].Object()
		if err != nil {
			t.Fatal(err)
		}
		if object.Kind != kind {
			t.Errorf("%s is a %s, want a %s", name, object.Kind, kind)
		}
	}
}

func TestTrafficRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Service)
		want   string
	}{
		"no backend":                    {func(s *Service) { s.Default = nil }, "no backend with a weight"},
		"no weight":                     {func(s *Service) { s.Default = both(0, 0) }, "no backend with a weight"},
		"less than no weight":           {func(s *Service) { s.Default = both(2, -1) }, "weight -1"},
		"backend without a port":        {func(s *Service) { s.Default = []Backend{{echo, 0, 1}} }, ":0"},
		"route that matches everything": {func(s *Service) { s.Routes = []Route{{PathPrefix: "/", To: both(1, 0)}} }, "matches everything"},
		"route to nowhere":              {func(s *Service) { s.Routes = []Route{{Method: "GET"}} }, "route 0 has no backend"},
		"timeout too fine":              {func(s *Service) { s.Timeout = time.Microsecond }, "milliseconds"},
	} {
		if _, err := service(c.change).Object(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", name, err, c.want)
		}
	}
}

func TestDurationsHaveTheFormOfTheGatewayAPI(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1ms", 1500 * time.Millisecond: "1s500ms", 90 * time.Second: "1m30s", 24 * time.Hour: "24h", time.Hour + time.Second: "1h1s",
	} {
		if got := gatewayDuration(d); got != want {
			t.Errorf("%s is written %s, want %s", d, got, want)
		}
	}
}
