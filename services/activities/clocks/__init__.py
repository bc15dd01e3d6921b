"""What an activity does by itself when its time has come."""
