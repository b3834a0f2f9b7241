"""Blogs that code writes, in the manner of those on the web, and a server that can behave badly."""
