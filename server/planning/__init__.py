"""From a request's body to a plan."""
