"""Who has which place when: a calendar for each hall and room, so that two organisers cannot both get it."""
