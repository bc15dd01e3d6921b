"""What one can see from outside: logs, metrics, traces."""
