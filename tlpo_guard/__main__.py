"""`python -m tlpo_guard`."""

from tlpo_guard.cli import main

main()
