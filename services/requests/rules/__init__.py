"""The tables: which command is possible where, who may give it, who sees what, and how long each clock runs."""
