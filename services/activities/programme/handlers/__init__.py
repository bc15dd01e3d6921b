"""What happens to activities: commands of people, departures, and what nobody completed."""
