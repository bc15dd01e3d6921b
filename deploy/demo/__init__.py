"""The demo: a campus, real requests, simulated people, and a repair system to talk to."""
