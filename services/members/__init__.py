"""The members service.

Owns: people (the living ledger), places, organisational units and duty areas, sign-in, proposals of helpers, points.
Tells: `PlaceAdded`, `PersonRegistered`, `PersonChanged`, `PersonDeparted`, `SessionsEnded`, `UnitFormed`,
`DutyAreaAssigned`, `DutyAreaReleased`, `HelperProposed`, `HelperNotFound`, `PointsVested`, `PointsReversed`.
Hears: from `requests` legs that open, move and end, closings and reopenings, and who acts; from `activities` who plans
what, who signs up and who was there; like every service, which sessions ended.
"""
