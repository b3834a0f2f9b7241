"""From a source to a mastered reading: fetch, article, script, pronounce, narrate, verify, master."""
