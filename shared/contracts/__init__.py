"""What the services tell each other: the envelope, one frozen class per fact, and the catalogue of all of them."""
