"""The requests of the community: filed, triaged, served by helpers or an outside system, confirmed, rated.

Owns: requests with their legs and ratings, and the clocks that run on them.
Tells: everything in `shared.contracts.requests`.
Hears: places and people (to know whom and where a request may concern), who belongs to which unit, proposals of
helpers, its own queued legs, and which sessions ended.
"""
