"""What may stand in the columns of an imported file, and by which words people call columns and values."""
