"""One style for programs: text to tokens and comments, to a document, to text again."""
