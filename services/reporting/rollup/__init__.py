"""The rollup: running sums over rows, kept row by row, always equal to a recount."""
