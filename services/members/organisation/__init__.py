"""Organisation: units as a typed tree, and duty areas with exactly one owner for each place."""
