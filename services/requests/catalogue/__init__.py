"""What may be asked for, as data: names, kind, lane, skill, hours and visibility of each category."""
