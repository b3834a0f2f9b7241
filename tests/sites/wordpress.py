"""A blog in the manner of WordPress: dated addresses, AMP, share links, attachments, taxonomies, a packed sitemap."""

from __future__ import annotations

import gzip
import json

from sites.blog_server import ROOT, Answer, Site, Truth, redirect
from sites.writing import Written, write_index, write_posts, write_rss, write_urls

AUTHORS = ("Ann Lee", "Tomás Ruiz", "Wei Zhang")
N_POSTS = 48
_XML = "application/xml"


def make_wordpress(*, rest: bool = False) -> Site:
    posts = write_posts(N_POSTS, AUTHORS, seed=1)
    answers: dict[str, Answer] = {}
    for post in posts:
        _add_post(answers, post)
    _add_lists(answers, posts)
    _add_pages(answers)
    _add_sitemaps(answers, posts)
    items = [
        f"<item><title>{post.title}</title><link>{ROOT}{path_of(post)}?utm_source=rss&amp;utm_medium=feed</link>"
        f'<guid isPermaLink="false">{ROOT}/?p={index + 100}</guid><pubDate>{post.mail_date}</pubDate>'
        f"<dc:creator>{post.author}</dc:creator><description>{post.paragraphs[0][:80]} […]</description></item>"
        for index, post in enumerate(posts[:10])
    ]
    answers["/feed/"] = Answer(write_rss("Kettle Weekly", f"{ROOT}/", items), "application/rss+xml")
    answers["/comments/feed/"] = Answer(write_rss("Comments", f"{ROOT}/", []), "application/rss+xml")
    if rest:
        _add_rest(answers, posts)
    hidden = {posts[5].slug, posts[20].slug}
    rules = "".join(f"Disallow: {path_of(post)}\n" for post in posts if post.slug in hidden)
    answers["/robots.txt"] = Answer(
        f"User-agent: *\nDisallow: /wp-admin/\n{rules}\nSitemap: {ROOT}/sitemap_index.xml\n", "text/plain"
    )
    truth = [Truth(path_of(post), post.title, post.day, post.author) for post in posts if post.slug not in hidden]
    forbidden = ("/wp-admin/", *(path_of(post) for post in posts if post.slug in hidden))
    return Site("WordPress" + (" with REST" if rest else ""), answers, truth, forbidden)


def path_of(post: Written) -> str:
    return f"/{post.moment:%Y/%m}/{post.slug}/"


def _page(title: str, body: str, classes: str, head: str = "") -> Answer:
    return Answer(
        f'<!doctype html><html lang="en"><head><title>{title} – Kettle Weekly</title>'
        f'<meta name="generator" content="WordPress 6.5"><meta property="og:site_name" content="Kettle Weekly">'
        f'<link rel="alternate" type="application/rss+xml" title="Kettle Weekly » Feed" href="{ROOT}/feed/">'
        f'<link rel="alternate" type="application/rss+xml" title="Comments" href="{ROOT}/comments/feed/">{head}</head>'
        f'<body class="{classes}"><nav class="main-navigation"><a href="/">Home</a><a href="/about/">About</a>'
        f'<a href="/shop/">Shop</a><a href="/category/water/">Water</a></nav><main>{body}</main>'
        f'<footer class="site-footer"><a href="/privacy-policy/">Privacy</a><a href="/wp-login.php">Log in</a></footer>'
        f"</body></html>"
    )


def _add_post(answers: dict[str, Answer], post: Written) -> None:
    path = path_of(post)
    head = (
        f'<link rel="canonical" href="{ROOT}{path}"><link rel="amphtml" href="{ROOT}{path}amp/">'
        f'<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{post.moment.isoformat()}">'
        f'<meta name="author" content="{post.author}">'
    )
    body = (
        f'<article class="post"><h1 class="entry-title">{post.title}</h1><div class="entry-meta"><time class='
        f'"entry-date published" datetime="{post.moment.isoformat()}">{post.moment:%B %d, %Y}</time> <span class="byline">'
        f'<a rel="author" href="/author/{post.author.split()[0].lower()}/">{post.author}</a></span></div>'
        f'<div class="entry-content">{post.html}<a href="{path}img-1/">picture</a></div>'
        f'<div class="sharedaddy"><a href="{path}?share=twitter">Tweet</a><a href="{path}?print=1">Print</a></div></article>'
        f'<div class="related-posts"><a href="{path}?replytocom=7#respond">Reply</a></div>'
    )
    page = _page(post.title, body, "post-template-default single single-post postid-7", head)
    answers.update(dict.fromkeys((path, f"{path}amp/", f"{path}?share=twitter", f"{path}?print=1"), page))
    answers[path.rstrip("/")] = redirect(path)
    answers[f"{path}img-1/"] = _page("img-1", "<p>picture</p>", "attachment attachment-template-default")


def _add_lists(answers: dict[str, Answer], posts: list[Written]) -> None:
    n_pages = (len(posts) + 9) // 10
    for number in range(1, n_pages + 1):
        shown = posts[(number - 1) * 10 : number * 10]
        teasers = "".join(
            f'<article class="post"><h2 class="entry-title"><a href="{ROOT}{path_of(post)}">{post.title}</a></h2>'
            f"<p>{post.paragraphs[0][:90]} <a href='{path_of(post)}#more-1'>Continue reading</a></p></article>"
            for post in shown
        )
        older = (
            f'<div class="nav-previous"><a href="/page/{number + 1}/">Older posts</a></div>' if number < n_pages else ""
        )
        extra = '<a href="/old-name-of-a-post/">An old favourite</a><a href="/?p=999&preview=true">Draft</a>'
        extra += '<a href="http://localhost:{port}/">Mirror</a>' if number == 9 else ""
        answers["/" if number == 1 else f"/page/{number}/"] = _page("Home", teasers + extra + older, "home blog")
    answers["/page/1/"] = redirect("/")
    answers["/old-name-of-a-post/"] = redirect(path_of(posts[30]))
    for name in ("water", "stone"):
        links = "".join(f'<h2><a href="{path_of(post)}">{post.title}</a></h2>' for post in posts[3:40:4])
        answers[f"/category/{name}/"] = _page(name, links, "archive category")
        answers[f"/tag/{name}/"] = _page(name, links, "archive tag")
    for author in AUTHORS:
        answers[f"/author/{author.split()[0].lower()}/"] = _page(author, "<p>Posts</p>", "archive author")


def _add_pages(answers: dict[str, Answer]) -> None:
    text = "<h1>{}</h1>" + "<p>This page says a great deal of the people behind the paper and of their tools.</p>" * 6
    for path, title in (("/about/", "About"), ("/contact/", "Contact"), ("/our-story/", "Our story")):
        answers[path] = _page(title, text.format(title), "page-template-default page page-id-2")
    answers["/privacy-policy/"] = _page("Privacy policy", text.format("Privacy policy"), "page page-id-3")
    answers["/shop/"] = _page("Shop", '<a href="/product/mug/">Mug</a>', "archive post-type-archive-product")
    answers["/product/mug/"] = _page("Mug", text.format("Mug"), "single single-product postid-90")
    answers["/wp-login.php"] = Answer("<form></form>")


def _add_sitemaps(answers: dict[str, Answer], posts: list[Written]) -> None:
    names = ["post-sitemap.xml.gz", "page-sitemap.xml", "category-sitemap.xml", "author-sitemap.xml"]
    answers["/sitemap_index.xml"] = Answer(write_index([f"{ROOT}/{name}" for name in names]), _XML)
    answers["/page-sitemap.xml"] = Answer(write_urls([(f"{ROOT}/our-story/", "2024-01-01")]), _XML)
    answers["/category-sitemap.xml"] = Answer(write_urls([(f"{ROOT}/category/water/", "2024-01-01")]), _XML)
    answers["/author-sitemap.xml"] = Answer(write_urls([(f"{ROOT}/author/ann/", "2024-01-01")]), _XML)
    places = [(f"{path_of(post)}", "2024-05-21") for post in posts]
    places += [("/2023/09/a-post-that-was-deleted/", "2023-09-09"), ("/", "2024-05-21")]
    # Relative addresses, because what is packed cannot have the server's address put in when it is served.
    answers["/post-sitemap.xml.gz"] = Answer(gzip.compress(write_urls(places).encode(), mtime=0), "application/gzip")


def _add_rest(answers: dict[str, Answer], posts: list[Written]) -> None:
    link = f'<link rel="https://api.w.org/" href="{ROOT}/wp-json/">'
    home = answers["/"]
    answers["/"] = Answer(str(home.body).replace("</head>", f"{link}</head>"), home.kind)
    base = "/wp-json/wp/v2/posts?_embed=author&_fields=id,link,title,date,date_gmt,modified_gmt,status,type,content,_links,_embedded"
    rows = [
        {
            "id": index,
            "link": ROOT + path_of(post),
            "title": {"rendered": post.title},
            "date": f"{post.moment:%Y-%m-%dT%H:%M:%S}",
            "date_gmt": f"{post.moment:%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{post.moment:%Y-%m-%dT%H:%M:%S}",
            "status": "publish",
            "type": "post",
            "content": {"rendered": post.html, "protected": False},
            "_embedded": {"author": [{"name": post.author}]},
        }
        for index, post in enumerate(posts)
    ]
    answers[f"{base}&per_page=50"] = Answer(
        json.dumps(rows), "application/json", headers={"X-WP-Total": str(len(rows)), "X-WP-TotalPages": "1"}
    )
