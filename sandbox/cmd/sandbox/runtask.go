package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// runTaskCommand is `sandbox run-task`: it takes what `aws ecs run-task --cli-input-json` takes.
const runTaskCommand = "run-task"

// runs is how long a task may take until it ends. The sandbox's time is faster than AWS's.
const runs = time.Minute

// runTask starts one task in the sandbox and waits until it ends. It says how the task ended.
func runTask(ctx context.Context, state string, input io.Reader, say io.Writer) error {
	var request map[string]any
	if err := json.NewDecoder(input).Decode(&request); err != nil {
		return fmt.Errorf("the standard input is no JSON of a request, such as the output runTaskInput of a task: %w", err)
	}
	cluster, _ := request["cluster"].(string)
	return changing(state, func(w *world.World) error {
		w.Control(aws.Controllers(mesh.Readiness)...)
		w.Control(kubernetes.Controllers()...)
		ctx, cancel := context.WithTimeout(ctx, runs)
		defer cancel()
		var task *world.Resource
		return w.Wait(ctx, func(tx *world.Tx) (bool, error) {
			if task == nil {
				started, err := aws.RunTask(tx, aws.AccountOf(cluster), request)
				task = started
				return false, err
			}
			now := tx.Get(task.Account, aws.TaskKind, task.ID)
			if now == nil || now.String("lastStatus") != "STOPPED" {
				return now == nil, nil
			}
			_, err := fmt.Fprintf(say, "%s: %s (%s)\n", aws.NameOf(now.ID), now.String("stopCode"), now.String("stoppedReason"))
			return true, err
		})
	})
}
