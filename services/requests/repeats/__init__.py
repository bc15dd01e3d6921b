"""Which commands are done already, because the same person gave the same one before and nothing has undone it."""
