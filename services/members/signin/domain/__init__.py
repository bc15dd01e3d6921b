"""Sign-in: sessions, and how wrong passwords slow further attempts down."""
