#!/usr/bin/env bash
# A year of logs into one report: scan_a_year.sh FOLDER, with a file of JSON lines for each day, compressed or not.
# Writes report.html for people and report.parquet for programs, here.
set -euo pipefail

find "$1" -name '*.jsonl' -o -name '*.jsonl.gz' | sort | while read -r day; do
  gzip --decompress --force --stdout "$day"
done | tlpo-guard scan - --report report.html --report report.parquet
