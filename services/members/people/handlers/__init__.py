"""Commands on people, and the writes that keep an administrator and no more than two sealed readers."""
