"""Tests of ADL functions inside other frameworks."""
