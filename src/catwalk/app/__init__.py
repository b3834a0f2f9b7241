"""Builds everything and joins it: the one place that knows all layers.

| module | what it joins |
|---|---|
| :mod:`~catwalk.app.catalogs` | models that need no settings with those that the settings name |
| :mod:`~catwalk.app.choices` | settings with what was asked for now: how a post is read |
| :mod:`~catwalk.app.crawling` | the same for crawls |
| :mod:`~catwalk.app.server` | pool, library, jobs and HTTP |
| :mod:`~catwalk.app.works` | library, jobs and the server's own models |
| :mod:`~catwalk.app.preferences` | what a person turns while the server runs |
| :mod:`~catwalk.app.connection` | a command and the server that answers it |
"""
