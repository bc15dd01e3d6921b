"""Lists of the requests as they were learnt, for those who work with them."""
