"""Activities of the community. Owns: activities with their seats, waiting lists and attendance; the calendar of places.

Tells: `activities.activity.*`, `activities.seat.*`, `activities.attendance.verified`.
Hears: `members.place.added` and `members.unit.formed`, so that an activity is held at a place that exists and by a unit
that exists; `members.person.*`, so that whoever left keeps no seat; which sessions ended.
"""
