"""The marks that models put around what is not their answer: reasoning and calls of tools."""
