"""Figures, the scopes that they are asked for, the sums behind them, and what a subject declares of itself. Pure."""
