"""The projection of every fact onto the rows, which are then shown."""
