"""What `requests` learnt from `members`: which places exist, and who lives where. No names of people."""
