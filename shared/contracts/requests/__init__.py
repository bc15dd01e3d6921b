"""What `requests` tells: the life of requests and of their legs, one file for each."""
