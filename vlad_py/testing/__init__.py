"""Programs that say what they do: their promises in comments, run and compared."""
