"""The broker: the only declarer of its stream and consumers, and who may do what on it."""
