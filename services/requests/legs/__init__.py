"""The helper's legs: offered, accepted, declined, expired, started, done; added and assigned by the desk."""
