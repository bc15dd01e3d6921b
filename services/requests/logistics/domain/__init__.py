"""What is handed over to an outside system, how its words are read, and what follows from them."""
