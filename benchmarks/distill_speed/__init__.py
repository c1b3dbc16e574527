"""What a training costs, against ways that it was or could be done."""
