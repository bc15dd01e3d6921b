"""What a subject of figures is made of: records, figures with their scope, running sums."""
