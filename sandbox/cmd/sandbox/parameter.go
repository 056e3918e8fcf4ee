package main

import (
	"fmt"
	"io"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// parameterCommand is `sandbox parameter NAME`, for what `aws ssm get-parameter --query Parameter.Value --output text` prints.
const parameterCommand = "parameter"

// printParameter prints the value of the only parameter with a name, in whichever account it is.
func printParameter(state string, names []string, out io.Writer) error {
	if len(names) != 1 {
		return fmt.Errorf("give the name of one parameter")
	}
	return changing(state, func(w *world.World) error {
		return w.Do(func(tx *world.Tx) error {
			found := tx.Find("", aws.ParameterKind, aws.Has("name", names[0]))
			if len(found) != 1 {
				return fmt.Errorf("%d accounts have a parameter %s", len(found), names[0])
			}
			_, err := fmt.Fprintln(out, found[0].String("insecureValue"))
			return err
		})
	})
}
