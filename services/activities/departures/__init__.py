"""What becomes of an activity when somebody leaves the community, or loses the role that lets them organise."""
