"""What the desk does besides triage and legs: hold, resume, get in touch."""
