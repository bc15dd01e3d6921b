"""The directory: places, people and their units, as `members` told of them."""
