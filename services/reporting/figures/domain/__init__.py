"""The subjects of figures, and the running sums over all of them."""
