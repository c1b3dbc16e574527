"""What the people who run a server need."""
