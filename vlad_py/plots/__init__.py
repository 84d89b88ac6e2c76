"""Plots as values: their data, where to sample a function, ticks, and drawing in Braille and as SVG."""
