"""Activities of the community. Owns: activities with their seats, waiting lists and attendance.

Tells: `activities.activity.*`, `activities.seat.*`, `activities.attendance.verified`.
Hears: `members.place.added`, so that an activity is held at a place that exists; which sessions ended.
"""
