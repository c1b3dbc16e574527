"""The report of a scan: one HTML page for people, or a Parquet table for programs."""

from tlpo_guard.scan_report.record import Record, record_of
from tlpo_guard.scan_report.reports import Report, open_report

__all__ = ["Record", "Report", "open_report", "record_of"]
