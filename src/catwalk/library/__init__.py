"""What is kept: audio by content hash, and the takes made of every line."""
