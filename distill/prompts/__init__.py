"""Files of prompts: read, and made from what others have collected."""
