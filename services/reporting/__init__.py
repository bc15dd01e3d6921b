"""Reporting owns rows (what was learnt), figures with their proof, boards and generations; tells nothing; hears all."""
