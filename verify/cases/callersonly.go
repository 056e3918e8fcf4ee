package cases

import "ambient-ecs/verify/backend"

// callersOnly calls the services of accounts that only call: nobody may know their names. The port is any: nothing resolves.
func (b *builder) callersOnly() {
	for _, to := range b.clusters {
		if !b.stack.CallsOnly(to.account) {
			continue
		}
		for _, name := range b.stack.Clusters[to.key].ServiceKeys() {
			service := b.stack.Clusters[to.key].Services[name]
			for _, from := range b.places() {
				known := first(append([]*place{from}, b.places()...), func(p *place) bool { return p.target != nil })
				if from.caller == nil || known == nil || from == to || service.DesiredCount == 0 {
					continue
				}
				control := known.target.request(from.caller)
				call := control
				call.Host = service.Hostname
				b.failing("uncalled/"+from.key+"/"+to.key+"/"+name, from.key+" to "+name+" of "+to.key+", which only calls", backend.Name, None, call,
					&Control{Base, control, b.outcome(Base, from, known), "a service's name"})
			}
		}
	}
}
