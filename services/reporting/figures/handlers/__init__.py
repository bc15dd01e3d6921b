"""The sums as they are kept live, and the freezing of baselines."""
