"""How a script is made: marks, sentences, each kind of block, footnotes in their places."""
