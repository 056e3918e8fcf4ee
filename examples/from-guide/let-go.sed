# What the owners of the demo do before the first up (docs/adoption.md, steps 2 and 3): the clusters lose the tag of the demo's mesh, and the
# role that stays a task role is for tasks of its account only.
s/"ecs.solo.io\/discovery-enabled": "true", //
/"account": "444455556666".*"aws:iam\/role:Role"/s/\\"Action\\"/\\"Condition\\": {\\"StringEquals\\": {\\"aws:SourceAccount\\": \\"444455556666\\"}}, \\"Action\\"/
