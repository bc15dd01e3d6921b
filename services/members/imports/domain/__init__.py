"""What an imported file asks for, what is wrong with it, and what it would take away."""
