"""Stands in for the build backend of a source package that is only unpacked: see build.py."""
