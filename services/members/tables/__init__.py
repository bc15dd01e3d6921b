"""Tables: what a text file or a workbook says, cell by cell; what cannot be read for certain says so."""
