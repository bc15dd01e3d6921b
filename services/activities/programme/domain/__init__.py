"""Activities: their plan, seats and waiting list, stages and commands, and attendance proved by a rotating code."""
