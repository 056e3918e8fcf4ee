// Package task says what the tasks of a service run: the team's own task definition, or the short form of a single
// container, as a task of the mesh.
//
// Both are a definition in AWS's format, and both pass through package enrol. Of the short form nothing is kept but what
// the stack file says, so its tasks carry no stamp.
package task
