"""The subject of activities: how many stand how, and the people in them."""
