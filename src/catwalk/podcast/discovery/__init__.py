"""What a blog has published: feeds, sitemaps, interfaces and pages, read politely and folded into one list of posts."""
