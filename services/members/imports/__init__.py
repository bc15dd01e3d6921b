"""Imports: people, places and units from CSV and XLSX, with a dry run and an error for each row and column."""
