"""Code: its exact text and its language."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from extraction.reading import blocks_inside, only

CODE = BlockKind.CODE


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<pre><code class='language-python'>x = 1</code></pre>", "python"),
        ("<pre><code class='lang-js'>x = 1</code></pre>", "js"),
        ("<pre class='brush: java; toolbar: false'>x = 1</pre>", "java"),
        ("<pre data-lang='Rust'><code>x = 1</code></pre>", "rust"),
        ("<pre data-language='go'><code>x = 1</code></pre>", "go"),
        ("<div class='highlight'><pre><code class='language-ruby' data-lang='ruby'>x = 1</code></pre></div>", "ruby"),
        (
            "<div class='language-ruby highlighter-rouge'><div class='highlight'><pre class='highlight'><code>x = 1</code></pre></div></div>",
            "ruby",
        ),
        ("<div class='highlight highlight-source-shell'><pre>x = 1</pre></div>", "shell"),
        (
            "<div class='highlight-python3 notranslate'><div class='highlight'><pre><span></span>x = 1</pre></div></div>",
            "python",
        ),
        ("<div class='highlight-default notranslate'><div class='highlight'><pre>x = 1</pre></div></div>", None),
        (
            "<div class='sourceCode' id='cb1'><pre class='sourceCode haskell'><code class='sourceCode haskell'>x = 1</code></pre></div>",
            "haskell",
        ),
        ("<pre class='src src-emacs-lisp'>x = 1</pre>", "emacs-lisp"),
        ("<pre><code class='hljs clojure'>x = 1</code></pre>", "clojure"),
        ("<pre class='prettyprint lang-sql'>x = 1</pre>", "sql"),
        ("<pre class='EnlighterJSRAW' data-enlighter-language='php'>x = 1</pre>", "php"),
        ("<pre class='python'>x = 1</pre>", "python"),
        ("<pre><code class='language-text'>x = 1</code></pre>", None),
        ("<pre><code class='nohighlight'>x = 1</code></pre>", None),
        ("<pre class='wp-block-code'><code>x = 1</code></pre>", None),
        ("<pre>x = 1</pre>", None),
    ],
)
def test_the_language_is_the_one_that_the_markup_names(html: str, language: str | None) -> None:
    block = only(html, CODE)

    assert (block.text, block.language) == ("x = 1", language)


def test_white_space_is_kept_to_the_letter() -> None:
    text = "def f(x):\n\tif x:\n\n\t    return  x   # two spaces\n\nprint( f(1) )"

    assert only(f"<pre><code>{text}\n</code></pre>", CODE).text == text


def test_indent_of_the_first_line_is_kept() -> None:
    assert only("<pre>\n    deep\nshallow\n</pre>", CODE).text == "    deep\nshallow"


@pytest.mark.parametrize(
    "html",
    [
        "<pre>a = 1<br>b = 2</pre>",
        "<pre><div>a = 1</div><div>b = 2</div></pre>",
        "<pre><span class='line'>a = 1</span>\n<span class='line'>b = 2</span></pre>",
        "<pre><ol><li>a = 1</li><li>b = 2</li></ol></pre>",
        "<pre><span class='lineno'>1 </span>a = 1\n<span class='lineno'>2 </span>b = 2\n</pre>",
        "<pre><span style='user-select: none'>1</span>a = 1\n<span style='user-select:none'>2</span>b = 2\n</pre>",
        "<div class='highlight'><button class='copy-btn'>Copy</button><pre>a = 1\nb = 2</pre></div>",
        "<figure class='highlight'><table><tr><td class='gutter'><pre>1\n2\n</pre></td><td class='code'><pre>a = 1\nb = 2\n</pre></td></tr></table></figure>",
        "<figure class='highlight'><table><tr><td class='gutter'><pre><span class='line'>1</span><br><span class='line'>2</span><br></pre></td>"
        "<td class='code'><pre><span class='line'>a = 1</span><br><span class='line'>b = 2</span><br></pre></td></tr></table></figure>",
        "<table class='highlighttable'><tr><td class='linenos'><div class='linenodiv'><pre>1\n2</pre></div></td>"
        "<td class='code'><div class='highlight'><pre>a = 1\nb = 2\n</pre></div></td></tr></table>",
        "<div class='chroma'><table class='lntable'><tr><td class='lntd'><pre class='chroma'><code><span class='lnt'>1\n</span><span class='lnt'>2\n</span></code></pre></td>"
        "<td class='lntd'><pre class='chroma'><code>a = 1\nb = 2\n</code></pre></td></tr></table></div>",
        "<div class='syntaxhighlighter'><table><tr><td class='gutter'><div class='line'>1</div><div class='line'>2</div></td>"
        "<td class='code'><div class='container'><div class='line'>a = 1</div><div class='line'>b = 2</div></div></td></tr></table></div>",
        "<div class='code-toolbar'><pre class='line-numbers'><code>a = 1\nb = 2<span aria-hidden='true' class='line-numbers-rows'><span></span></span></code></pre>"
        "<div class='toolbar'><span>Copy</span></div></div>",
        "<pre>a = 1\r\nb = 2</pre>",
        "<div><code>a = 1<br>b = 2</code></div>",
    ],
)
def test_lines_are_lines_without_numbers_and_buttons(html: str) -> None:
    blocks = blocks_inside(html)

    assert [(block.kind.value, block.text) for block in blocks] == [("code", "a = 1\nb = 2")]


def test_the_name_of_the_file_is_the_caption() -> None:
    html = "<figure class='highlight python'><figcaption><span>ferry.py</span></figcaption><pre><code>x = 1</code></pre></figure>"

    block = only(html, CODE)

    assert (block.text, block.caption) == ("x = 1", "ferry.py")


def test_markup_that_was_escaped_stays_text() -> None:
    assert (
        only("<pre><code>if (a &lt; b &amp;&amp; c) { &quot;x&quot; }</code></pre>", CODE).text
        == 'if (a < b && c) { "x" }'
    )


@pytest.mark.parametrize("tag", ["<pre>", "<pre class='wp-block-verse'>"])
def test_a_poem_set_with_its_spaces_is_no_code(tag: str) -> None:
    poem = "The tide comes in, the tide goes out,\n   and no one asks it why;\n\nThe gulls keep turning round about\n   an almost empty sky."

    blocks = blocks_inside(f"{tag}{poem}</pre>")

    assert [(block.kind.value, block.text) for block in blocks] == [
        ("paragraph", "The tide comes in, the tide goes out,\nand no one asks it why;"),
        ("paragraph", "The gulls keep turning round about\nan almost empty sky."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "(define (f x)\n  (if x\n      (g x)\n      (h x)))",
        "$ sudo apt install foo\nReading package lists\nDone",
        "name    size   date\nfoo     12     May\nbar     13     June",
        "hello world",
    ],
)
def test_what_is_not_plainly_prose_is_code(text: str) -> None:
    assert only(f"<pre>{text}</pre>", CODE).text == text


def test_the_language_is_found_in_the_second_cell_of_a_numbered_table() -> None:
    cell = "<td class='lntd'><pre class='chroma'><code{}>{}</code></pre></td>"
    html = (
        "<div class='highlight'><div class='chroma'><table class='lntable'><tr>"
        + cell.format("", "<span class='lnt'>1\n</span>")
        + cell.format(" class='language-sql' data-lang='sql'", "SELECT 1;")
        + "</tr></table></div></div>"
    )

    block = only(html, BlockKind.CODE)

    assert (block.language, block.text) == ("sql", "SELECT 1;")
