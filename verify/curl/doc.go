// Package curl makes one HTTP call from inside a container of which nothing is known but that it has a shell
// and curl, and reads what came back over whatever lies between.
//
// What lies between is at worst ECS Exec: a pseudo-terminal that turns line feeds into CR LF, the banner of
// the session manager before and after, escape sequences, an exit code that is always 0, and an end of the
// output that is sometimes lost. So the script prints its result itself, behind a marker that is new for every
// call: first curl's exit code and the HTTP status, on one closed line, then headers and body in base64 where the container has it.
// The first line decides the call. If it is missing, nothing was seen: the call is undecided, and
// no text in the output, however much it looks like a refusal, counts as one.
package curl
