package aws

import (
	"maps"
	"time"

	"ambient-ecs/sandbox/world"
)

// timerKey holds the change that AWS will make to a resource by itself, and its time.
const timerKey = "_timer"

// setTimer marks a change for later; a nil change removes the resource.
func setTimer(tx *world.Tx, res *world.Resource, wait time.Duration, change map[string]any) {
	timer := map[string]any{"at": tx.Now.Add(lasts(wait)).Format(time.RFC3339Nano)}
	if change != nil {
		timer["set"] = change
	}
	res.Props[timerKey] = timer
	tx.Changed(res)
}

// elapse is the controller that makes marked changes when their time has come.
func elapse(tx *world.Tx) {
	for _, res := range tx.Find("", "", func(r *world.Resource) bool { return r.Props[timerKey] != nil }) {
		timer := object(res.Props, timerKey)
		when, err := time.Parse(time.RFC3339Nano, text(timer, "at"))
		if err == nil && tx.Now.Before(when) {
			continue
		}
		delete(res.Props, timerKey)
		change, ok := timer["set"].(map[string]any)
		if !ok {
			tx.Drop(res)
			continue
		}
		maps.Copy(res.Props, change)
		tx.Changed(res)
	}
}
