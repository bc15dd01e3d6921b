"""Time as the third input: what is due now, checked again at the moment it is handled."""
