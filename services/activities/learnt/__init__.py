"""What `activities` learnt from `members`: which places and units exist, and who has left. No names."""
