"""What a file says, cell by cell: a cell is read for certain or it tells why not; nothing is left out or made up."""
