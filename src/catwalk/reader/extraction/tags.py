"""Sets of element names."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

BLOCKS = HEADINGS | {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir"),
    *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html"),
    *("legend", "li", "listing", "main", "menu", "nav", "ol", "p", "plaintext", "pre", "search", "section"),
    *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "xmp"),
}
"""Elements that begin and end a paragraph."""
