"""What is sealed, or of a confidential kind, in numbers: in none but one, which moves in steps of five."""
