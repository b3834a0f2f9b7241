"""How English words sound, near enough to tell a word that was misheard from another word.

Letters become one-character sounds by rules in the manner of Elovitz et al., "Automatic translation of English text to
phonetics by means of letter-to-sound rules" (NRL Report 7948, 1976), cut down to what a comparison needs: both sides
pass the same rules, so a wrong sound on both sides costs nothing.

Sounds: ``p b t d k g f v s z m n l r w y h`` as in English, ``T`` thin or this, ``S`` ship, ``Z`` vision, ``C`` chip,
``J`` jam, ``N`` sing; vowels ``a`` cat or father, ``e`` bed, ``E`` day, ``i`` bit, ``I`` see, ``o`` law, ``O`` go,
``u`` cup, ``U`` too, ``A`` my, ``W`` now, ``Y`` boy, ``@`` the first of about.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LETTER_NAMES = """
a:E b:bI c:sI d:dI e:I f:ef g:JI h:EC i:A j:JE k:kE l:el m:em n:en o:O p:pI q:kyU r:ar s:es t:tI u:yU v:vI w:d@b@lyU
x:eks
y:wA z:zI
"""

_IRREGULAR = """
a:@ the:T@ of:ov to:tU do:dU you:yU your:yor who:hU whom:hUm whose:hUz one:wun once:wuns two:tU eight:Et are:ar
were:w@r was:woz have:hav has:haz is:iz his:hiz as:az said:sed says:sez been:bin does:duz done:dun gone:gon some:sum
come:kum love:luv above:@buv would:wud could:kud should:Sud people:pIp@l their:Ter there:Ter they:TE where:wer
what:wut though:TO through:TrU enough:inuf rough:ruf tough:tuf know:nO only:Onli any:eni many:meni again:@gen
sure:Sor sugar:Sug@r woman:wum@n women:wimin busy:bizi business:biznis iron:A@rn island:Al@nd answer:ans@r
listen:lis@n often:of@n hour:Wr our:Wr honest:onist heart:hart blood:blud flood:flud build:bild built:bilt buy:bA
eye:A give:giv live:liv move:mUv prove:prUv lose:lUz put:put son:sun won:wun month:munT front:frunt other:uT@r
mother:muT@r brother:bruT@r another:@nuT@r nothing:nuTiN word:w@rd work:w@rk world:w@rld worth:w@rT view:vyU
queue:kyU okay:OkE debt:det doubt:dWt receipt:risIt choir:kwA@r ache:Ek into:intU i:A we:wI he:hI she:SI me:mI be:bI
my:mA by:bA go:gO no:nO so:sO or:or for:for from:frum great:grEt break:brEk bear:ber wear:wer early:@rli learn:l@rn
heard:h@rd lead:lId read:rId dead:ded head:hed instead:insted ready:redi already:olredi bread:bred idea:AdI@
real:rIl really:rIli area:erI@ create:krIEt being:bIiN doing:dUiN going:gOiN science:sA@ns quiet:kwA@t data:dEt@
very:veri every:evri everything:evriTiN language:laNgwiJ code:kOd python:pATon linux:lin@ks gui:gUI sql:sIkw@l
cache:kaS archive:arkAv echoes:ekOz technique:teknIk unique:yUnIk machine:m@SIn police:p@lIs type:tAp types:tAps
oh:O bi:bA git:git ones:wunz lincoln:liNk@n now:nW how:hW down:dWn town:tWn brown:brWn crown:krWn allow:@lW
"""

_V, _C = "[aeiouy]", "[bcdfghjklmnpqrstvwxz]"

# (letters, what must stand before, what must stand after, sounds); the first that fits wins.
_RULES: tuple[tuple[str, str, str, str], ...] = (
    ("augh", "", "", "o"), ("aught", "", "", "ot"), ("au", "", "", "o"), ("aw", "", "", "o"), ("air", "", "", "er"),
    ("ai", "", "", "E"), ("ay", "", "", "E"), ("ae", "", "", "I"), ("are", "", "$", "er"), ("arr", "", "", "ar"),
    ("ar", "w", "", "or"), ("ar", "[a-z]{3}", "d?$", "@r"), ("ar", "", "", "ar"), ("age", f"{_C}", "s?$", "iJ"),
    ("ation", "", "", "ES@n"), ("able", "", "$", "@b@l"), ("alk", "", "", "ok"), ("all", "", "", "ol"),
    ("alm", "", "", "am"), ("al", f"[a-z]{_C}", "s?$", "@l"), ("ange", "", "", "EnJ"), ("aste", "", "", "Est"),
    ("a", "", f"{_C}e$", "E"), ("a", "", f"{_C}(es|ed|ing|er|ers)$", "E"), ("a", "w|qu", "", "o"), ("a", "", "$", "@"),
    ("a", "^", f"{_C}{{2}}", "a"), ("a", "", "", "a"),
    ("bb", "", "", "b"), ("b", "m", "(s|ed|ing)?$", ""), ("bt", "", "$", "t"), ("b", "", "", "b"),
    ("ch", "", "[rlnm]", "k"), ("ch", "s", "", "k"), ("che", "", "$", "S"), ("ch", "te", "", "k"),
    ("cht", "", "$", "t"),
    ("tch", "", "", "C"),
    ("ch", "", "", "C"), ("ck", "", "", "k"), ("cc", "", "[ei]", "ks"), ("cc", "", "", "k"), ("ciou", "", "", "S@"),
    ("cia", "", "", "S@"), ("cien", "", "", "S@n"), ("c", "s", "[eiy]", ""), ("c", "", "[eiy]", "s"),
    ("cq", "", "", "k"), ("c", "", "", "k"),
    ("dge", "", "", "J"), ("dg", "", "", "J"), ("dd", "", "", "d"), ("d", "", "", "d"),
    ("eau", "", "", "O"), ("eigh", "", "", "E"), ("eer", "", "", "Ir"), ("ee", "", "", "I"),
    ("ear", "", "[tcn]", "@r"), ("ear", "", "", "Ir"), ("ea", "", "(d|th|sure|lth|nt|vy|p)$", "e"),
    ("ea", "", "", "I"), ("ei", "c", "", "I"), ("ei", "", "", "E"), ("ew", "[rljdn]", "", "U"), ("ew", "", "", "yU"),
    ("eu", "", "", "yU"), ("ey", "", "$", "I"), ("ey", "", "", "E"), ("ed", "[td]", "$", "id"),
    ("ed", "[pkfsx]|[cps]h|[ao]ugh|ce", "$", "t"), ("ed", "..", "$", "d"), ("es", "[sxz]|sh|ch|[cg]", "$", "iz"),
    ("es", f"{_V}[ptkf]", "$", "s"), ("es", "..", "$", "z"), ("er", "", f"$|{_C}", "@r"), ("ere", "", "$", "Ir"),
    ("e", "", f"{_C}e$", "I"), ("e", "^[bdpr]", f"{_C}{_V}", "i"), ("el", f"[a-z]{_C}", "$", "@l"),
    ("en", f"[a-z]{_C}", "(s|ed)?$", "@n"), ("e", f"^{_C}*", "$", "I"),
    ("e", "", "(ly|ment|ments|ness|less|ful)$", ""), ("e", ".", "$", ""), ("e", "", "", "e"),
    ("ff", "", "", "f"), ("f", "", "", "f"),
    ("gg", "", "", "g"), ("gh", "^", "", "g"), ("gh", "", "", ""), ("gn", "^", "", "n"),
    ("gn", "", "(s|ed|ing)?$", "n"), ("gue", "", "$", "g"), ("gu", "", "[ei]", "g"),
    ("g", "", "(et|ive|irl|ift|ear|old)", "g"), ("g", "", "[eiy]", "J"), ("g", "", "", "g"),
    ("h", "[rkg]", "", ""), ("h", "", "$", ""), ("h", "", "", "h"),
    ("igh", "", "", "A"), ("ign", "", "(s|ed|ing|er)?$", "An"), ("ind", "", "s?$", "And"), ("ild", "", "$", "Ald"),
    ("ier", "", "$", "I@r"), ("ie", "", "(s|d)?$", "I"), ("ies", "", "$", "Iz"), ("ied", "", "$", "Id"),
    ("ique", "", "$", "Ik"), ("ir", "", f"$|{_C}", "@r"), ("ism", "", "s?$", "iz@m"), ("io", "", "", "IO"),
    ("iou", "", "", "I@"), ("ia", "", "", "I@"), ("ie", "", "", "I"), ("i", "", f"{_C}e$", "A"),
    ("i", "^.{0,3}", f"{_C}(es|ed|ing|er|ers)$", "A"), ("i", "", "$", "I"), ("i", "", "", "i"),
    ("j", "", "", "J"),
    ("kn", "^", "", "n"), ("kk", "", "", "k"), ("k", "", "", "k"),
    ("le", f"{_C}", "$", "@l"), ("les", f"{_C}", "$", "@lz"), ("led", f"{_C}", "$", "@ld"), ("ll", "", "", "l"),
    ("lf", "a", "$", "f"), ("l", "", "", "l"),
    ("mm", "", "", "m"), ("mn", "", "$", "m"), ("m", "", "", "m"),
    ("ng", "", "$|[sl]", "N"), ("ng", "", "[eiy]", "nJ"), ("ng", "", "", "Ng"), ("nk", "", "", "Nk"),
    ("nn", "", "", "n"), ("n", "", "", "n"),
    ("ought", "", "", "ot"), ("ough", "", "", "O"), ("ould", "", "", "ud"), ("oul", "", "", "Ol"),
    ("ous", "", "$", "@s"), ("ously", "", "$", "@sli"), ("our", "", "$|s$", "@r"), ("our", "", "", "or"),
    ("ou", "", "", "W"), ("ook", "", "", "uk"), ("oor", "", "", "or"), ("oo", "", "", "U"), ("oa", "", "", "O"),
    ("oi", "", "", "Y"), ("oy", "", "", "Y"), ("ow", f"[lnrhtg]|[a-z]{_C}", "$|[ns]$|ed$|ing$|er$", "O"),
    ("ow", "", "", "W"), ("oe", "", "s?$", "O"), ("or", "w", "", "@r"), ("or", "[a-z]{3}", "s?$", "@r"),
    ("ore", "", "", "or"), ("or", "", "", "or"), ("old", "", "", "Old"), ("ost", "", "$", "Ost"),
    ("oll", "", "$", "Ol"), ("on", f"[a-z]{{2}}{_C}", "s?$", "@n"), ("o", "", f"{_C}e$", "O"),
    ("o", "^.{0,3}", f"{_C}(es|ed|ing|er|ers)$", "O"), ("o", "", "$", "O"), ("os", "", "$", "Oz"), ("o", "", "", "o"),
    ("ph", "", "", "f"), ("pp", "", "", "p"), ("ps", "^", "", "s"), ("pn", "^", "", "n"), ("p", "", "", "p"),
    ("que", "", "$", "k"), ("qu", "", "", "kw"), ("q", "", "", "k"),
    ("rr", "", "", "r"), ("re", f"{_C}", "$", "@r"), ("r", "", "", "r"),
    ("sch", "^", "[oei]", "sk"), ("sh", "", "", "S"), ("ssion", "", "", "S@n"), ("ss", "", "ure", "S"),
    ("ss", "", "", "s"), ("sion", f"{_V}", "", "Z@n"), ("sion", "", "", "S@n"), ("sure", f"{_V}", "", "Z@r"),
    ("s", f"{_V}", f"{_V}", "z"), ("s", "[aeiouybdglmnrvw]", "$", "z"), ("sm", "", "$", "z@m"), ("s", "", "", "s"),
    ("tch", "", "", "C"), ("th", "", "", "T"), ("tion", "s", "", "C@n"), ("tion", "", "", "S@n"),
    ("tia", "", "", "S@"), ("tie", "", "n", "S"), ("tious", "", "", "S@s"), ("ture", "", "", "C@r"),
    ("tural", "", "", "C@r@l"), ("tle", "s", "$", "@l"), ("tt", "", "", "t"), ("t", "", "", "t"),
    ("ui", "[bg]", "", "i"), ("ui", "", "t", "U"), ("uy", "", "", "A"), ("ue", "", "$|s$", "U"),
    ("ur", "", f"$|{_C}", "@r"), ("ure", "", "$", "yor"), ("u", "^", "[nst]i|se", "yU"),
    ("u", "[rljd]", f"{_C}e$", "U"), ("u", "", f"{_C}e$", "yU"), ("u", "^.{0,3}", f"{_C}(es|ed|ing|er|al)", "U"),
    ("u", "", f"{_C}[ia]", "yU"), ("ull", "", "", "ul"), ("u", "", "$", "U"), ("u", "", "", "u"),
    ("vv", "", "", "v"), ("v", "", "", "v"),
    ("who", "^", "", "hO"), ("wh", "", "", "w"), ("wr", "^", "", "r"), ("w", "", "", "w"),
    ("x", "^", "", "z"), ("x", "", "", "ks"),
    ("y", "^", "", "y"), ("y", f"^{_C}*", "$", "A"), ("y", "[aeiou].*", "$", "I"), ("y", "^[a-z]{2,}", "$", "I"),
    ("y", "", f"{_C}e", "A"), ("y", "", "", "i"),
    ("zz", "", "", "z"), ("z", "", "", "z"),
)  # fmt: skip


@lru_cache(maxsize=2)
def _read_pairs(pairs: str) -> dict[str, str]:
    return {word: sounds for word, _, sounds in (pair.partition(":") for pair in pairs.split())}


@lru_cache(maxsize=1)
def _rules_by_letter() -> dict[str, list[tuple[str, re.Pattern[str], re.Pattern[str], str]]]:
    table: dict[str, list[tuple[str, re.Pattern[str], re.Pattern[str], str]]] = {}
    for letters, before, after, sounds in _RULES:
        rule = (letters, re.compile(f"(?:{before})$"), re.compile(f"(?:{after})"), sounds)
        table.setdefault(letters[0], []).append(rule)
    return table


def spell(letters: str) -> str:
    """The sounds of a word read letter by letter, as in "S B C L"."""
    names = _read_pairs(_LETTER_NAMES)
    return "".join(names.get(letter, "") for letter in letters)


@lru_cache(maxsize=50_000)
def pronounce_word(word: str) -> str:
    """The sounds of one lower-case word; letters outside a–z are left out.

    A word of one letter, and one without a vowel, is spelled.
    """
    irregular = _read_pairs(_IRREGULAR)
    if word in irregular:
        return irregular[word]
    letters = re.sub("[^a-z]", "", word)
    if len(letters) == 1 or not re.search(_V, letters):
        return spell(letters)
    table = _rules_by_letter()
    sounds, at = [], 0
    while at < len(letters):
        for graph, before, after, out in table.get(letters[at], ()):
            end = at + len(graph)
            if letters.startswith(graph, at) and after.match(letters, end) and before.search(letters[:at]):
                sounds.append(out)
                at = end
                break
        else:
            at += 1
    return re.sub(r"(.)\1", r"\1", "".join(sounds))
