"""Is this page a post? What its markup, its text and its address say."""

from __future__ import annotations

import re

from catwalk.podcast.discovery.pages import Page
from catwalk.podcast.discovery.shapes import Kind
from catwalk.reader.article import Article

_POST_CLASSES = re.compile(
    r"^(?:single-post|post-template|postid-\d+|item-view|post-template-default|view-item|single-article|is-post|blog-post)$"
)
_OTHER_CLASSES = re.compile(
    r"^(?:page-id-\d+|page-template\S*|attachment|single-attachment|single-product|tag-template|author-template"
    r"|home-template|archive|category|tag|author|search|search-results|error404|static_page|static-page|woocommerce-page"
    r"|tax-\S+|draft|unpublished)$"
)
_POST_KINDS = re.compile(
    r"\b(?:blogposting|newsarticle|techarticle|article|socialmediaposting|report|opinionnewsarticle)\b"
)
_OTHER_KINDS = re.compile(
    r"\b(?:product|profilepage|collectionpage|aboutpage|contactpage|searchresultspage|checkoutpage|faqpage|event"
    r"|softwareapplication|restaurant|jobposting|og:product|profile)\b"
)
_OTHER_TITLES = re.compile(
    r"^(?:about(?: me| us| the author)?|contact(?: me| us)?|privacy policy|terms(?: of \w+)?|imprint|impressum|log ?in"
    r"|sign ?(?:in|up)|archives?|tags|categories|all posts|page not found|404.*|not found|search|subscribe"
    r"|draft:.*|\[draft\].*)$",
    re.IGNORECASE,
)
_MIN_WORDS = 15


def judge_page(page: Page, article: Article | None, n_words: int, kind: Kind) -> tuple[bool | None, str]:
    """Whether a page is a post, and why not; None where only its company can tell."""
    if article is None:
        return False, "there is no article on it"
    refused = _find_refusal(page, article)
    if refused:
        return False, refused
    if any(_POST_CLASSES.match(each) for each in page.classes):
        return True, ""
    is_listing = page.n_articles >= 3 or ("blog" in page.kind.split() and "blogposting" not in page.kind)
    if is_listing and kind is not Kind.POST:
        return False, "it lists posts"
    if n_words < _MIN_WORDS and not _POST_KINDS.search(page.kind):
        return False, "there is hardly any text on it"
    if kind is Kind.POST or (page.metadata.published and _POST_KINDS.search(page.kind)):
        return True, ""
    return None, ""


def _find_refusal(page: Page, article: Article) -> str:
    if page.no_index:
        return "it asks not to be indexed"
    if any(_OTHER_CLASSES.match(each) for each in page.classes) and not any(
        _POST_CLASSES.match(each) and not each.startswith("postid") for each in page.classes
    ):
        return "its template is not that of posts"
    if _OTHER_KINDS.search(page.kind) and not _POST_KINDS.search(page.kind.partition(" ")[2]):
        return "it calls itself something else than an article"
    if _OTHER_TITLES.match(article.title.strip()):
        return "its title is that of a page"
    return ""
