package outputs

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
)

// destinations describes every destination by hostname: who may call it, and how its requests are routed. It exports
// what was declared, not what Istio made of it. The verifier compares the two.
func destinations(cfg config.Config) pulumi.Map {
	stages := cfg.Stages()
	all := pulumi.Map{}
	for _, d := range cfg.Destinations() {
		allow, deny := cfg.Admissions(d)
		all[d.Hostname] = pulumi.Map{
			"namespace":   pulumi.String(d.Namespace),
			"port":        pulumi.Int(d.Port),
			"waypoint":    pulumi.String(d.Waypoint),
			"policyStage": pulumi.String(string(stages[d.Namespace])),
			"allow":       rules(allow, cfg.Guard(d).Access),
			"deny":        rules(deny, ""),
			"traffic":     shaped(cfg, d),
		}
	}
	return pulumi.Map{"destinations": all}
}

// rules lists admissions. The one that is no rule of its own, but the ready-made choice, says which: access.
func rules(admissions []config.Admission, access config.Access) pulumi.Array {
	all := pulumi.Array{}
	for _, a := range admissions {
		var accounts []string
		for _, account := range a.ServiceAccounts {
			accounts = append(accounts, account.Namespace+"/"+account.Name)
		}
		headers := pulumi.Map{}
		for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
			headers[name] = texts(a.Headers[name])
		}
		described := pulumi.Map{
			"namespaces":      texts(a.Namespaces),
			"serviceAccounts": texts(accounts),
			"methods":         texts(a.Methods),
			"paths":           texts(a.Paths),
			"headers":         headers,
		}
		if len(a.From) == 0 {
			described["access"] = pulumi.String(string(access))
		}
		all = append(all, described)
	}
	return all
}

// shaped is the traffic of a destination, with its backends by hostname.
func shaped(cfg config.Config, d config.Destination) pulumi.Map {
	declared := cfg.TrafficOf(d)
	if declared == nil {
		return pulumi.Map{}
	}
	backends := func(weights map[string]int) pulumi.IntMap {
		to := pulumi.IntMap{}
		for name, weight := range weights {
			if backend, known := cfg.Backend(d, name); known {
				to[backend.Hostname] = pulumi.Int(weight)
			}
		}
		return to
	}
	var routes pulumi.Array
	for _, r := range declared.Routes {
		routes = append(routes, pulumi.Map{
			"headers":    pulumi.ToStringMap(r.Headers),
			"pathPrefix": pulumi.String(r.PathPrefix),
			"method":     pulumi.String(r.Method),
			"to":         backends(r.To),
		})
	}
	split := backends(declared.Split)
	if len(split) == 0 {
		split[d.Hostname] = pulumi.Int(1)
	}
	shape := pulumi.Map{"routes": routes, "split": split, "timeout": pulumi.String(declared.Timeout)}
	if r := declared.Retries; r != nil {
		attempts := 0
		if r.Attempts != nil {
			attempts = *r.Attempts
		}
		shape["retries"] = pulumi.Map{"attempts": pulumi.Int(attempts), "perTryTimeout": pulumi.String(r.PerTryTimeout), "on": texts(r.On)}
	}
	if f := declared.Fault; f != nil {
		if f.Delay != nil {
			shape["delay"] = pulumi.Map{"percent": pulumi.Int(f.Delay.Percent), "duration": pulumi.String(f.Delay.Duration)}
		}
		if f.Abort != nil {
			shape["abort"] = pulumi.Map{"percent": pulumi.Int(f.Abort.Percent), "status": pulumi.Int(f.Abort.Status)}
		}
	}
	return shape
}

// texts returns a list that is never null.
func texts(list []string) pulumi.StringArray {
	return append(pulumi.StringArray{}, pulumi.ToStringArray(list)...)
}
