"""Tests of the native tier."""
