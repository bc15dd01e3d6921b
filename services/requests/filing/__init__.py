"""Filing a request, and triage by rules that are data, in the same commit."""
