// Package adopt writes a stack file for what teams already have: their VPCs, ECS clusters and services.
//
// It decides by the program's own rules. A service that the program would refuse to take over is left out, with the program's
// reason. The written file is loaded as the program loads it, and what is refused then is reported as left for a person.
//
// Names and tags of others are data. They reach a file by an encoder, and the terminal in quotes wherever they are not plain.
// Values of environment variables are in the task definitions only.
package adopt
