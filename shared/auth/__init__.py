"""Who somebody is (signed tokens) and what a role may do (one table)."""
