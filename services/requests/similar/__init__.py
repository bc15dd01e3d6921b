"""What is already asked for: open requests of the same place and kind, shown before somebody files another."""
