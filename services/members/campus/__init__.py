"""The campus: by which time zone people here read clocks, and what time it is now."""
