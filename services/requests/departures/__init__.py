"""People leave, or stop being helpers: their open legs are offered anew, and the desk hears whose requester is gone."""
