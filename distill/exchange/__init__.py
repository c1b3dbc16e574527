"""Logs of several sites."""
