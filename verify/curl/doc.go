// Package curl makes one HTTP call from inside a container and reads the result. It requires only that the
// container has a shell and curl.
//
// The worst channel to a container is ECS Exec. Its pseudo-terminal turns line feeds into CR LF, the session manager prints
// banners before and after, and the output holds escape sequences. The exit code is always 0, and the end of the output is
// sometimes lost. So the script prints its result itself, behind a marker that is new for every call: first curl's exit code and
// the HTTP status, on one closed line, then headers and body in base64 where the container has it. The first line decides the
// call. If it is missing, the call is undecided. No other text in the output counts as a refusal, even if it looks like one.
package curl
