"""Routes, bodies of replies, and what stands around them."""
