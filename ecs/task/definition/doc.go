// Package definition reads ECS task definitions in AWS's own JSON format: what `aws ecs register-task-definition
// --cli-input-json` takes, and what `aws ecs describe-task-definition` prints.
//
// A Definition is the text and a typed view of it. The types are those of AWS's SDK, so a field that the SDK has is known
// here. Edits go to the text; see package document. Check says what ECS refuses for Fargate. Registered is the one form in
// which the program registers a definition: what AWS fills in by itself is filled in, what it reads back as empty is left
// out, so that AWS's answer has the same form.
package definition
