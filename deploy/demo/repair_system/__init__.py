"""A small repair system of its own, as a university's logistics department might run one.

It knows nothing of Yizhan: it speaks Open311 GeoReport v2 to whoever sends it work, does the work after a simulated
time, and tells the sender by Standard Webhooks. Everything is kept in one SQLite file, so a crash forgets nothing.
"""
