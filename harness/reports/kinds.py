"""Every kind of report, imported so that the registry knows it. A new report is a file and a line here."""

from harness.reports import html, junit, picture, terminal

__all__ = ["html", "junit", "picture", "terminal"]
