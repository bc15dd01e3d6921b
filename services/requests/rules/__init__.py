"""The tables: which command is possible where, and how long each clock runs."""
