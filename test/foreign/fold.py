"""The fold of texts: section 14 of FORMAT.md."""

import re
from functools import cache

from columns import count_of, need, texts, wholes

HANGUL = range(0xAC00, 0xD7A4)


def read_fold(fields):
    """[14.1] A function that folds; its member `search` is the search fold."""
    need(isinstance(fields.get("unicode"), str), "the fold is of no version of Unicode")
    rows = count_of(fields, "rows")
    changed = points(fields.get("from"), rows)
    become = dict(zip(changed, texts(fields.get("to"), rows)))
    marks = count_of(fields, "marks")
    ranks = dict(zip(points(fields.get("mark"), marks), wholes(fields.get("rank"), marks, least=1)))
    need(not become.keys() & ranks.keys(), "the fold changes a mark")
    need(all(become.values()), "the fold makes a code point empty")
    folded = {char for text in become.values() for char in text}
    need(not folded & become.keys() and not any(ord(c) in HANGUL for c in folded), "a fold is not its own fold")
    ascii = {char: char.lower() for char in map(chr, range(0x80)) if char != char.lower()}
    need({c: text for c, text in become.items() if c < "\x80"} == ascii, "the fold of ASCII is another")
    need(min(ranks) >= "\x80", "a mark is in ASCII")
    letters = count_of(fields, "letters")
    plain = dict(zip(points(fields.get("letter"), letters), texts(fields.get("plain"), letters)))
    need(not plain.keys() & become.keys() and min(plain, default="\x80") >= "\x80", "no letter of a fold")
    simple = {char for text in plain.values() for char in text}
    again = simple & (become.keys() | plain.keys())
    need(not again and not any(ord(c) in HANGUL for c in simple), "a search fold is not its own")
    runs = re.compile(f"[{''.join(map(re.escape, ranks))}]+")
    letters, plain_letters = Letters(str.maketrans(become)), str.maketrans(plain)

    @cache
    def fold(text):
        """[14.2]"""
        return runs.sub(lambda run: "".join(sorted(run[0], key=ranks.get)), text.translate(letters))

    @cache
    def search(text):
        """[14.3]"""
        return fold(text).translate(plain_letters)

    fold.search = search
    return fold


def points(packed, count):
    """A column of ascending code points, as texts."""
    codes = wholes(packed, count)
    need(all(a < b for a, b in zip(codes, codes[1:])), "code points do not ascend")
    wrong = [code for code in codes if code > 0x10FFFF or 0xD800 <= code < 0xE000 or code in HANGUL]
    need(not wrong, f"{wrong} are no code points of the fold")
    return list(map(chr, codes))


class Letters(dict):
    """A table for `str.translate` that takes syllables of Hangul apart."""

    def __missing__(self, code):
        if code not in HANGUL:
            raise LookupError
        s = code - 0xAC00
        letters = (0x1100 + s // 588, 0x1161 + s % 588 // 28, 0x11A7 + s % 28)
        return "".join(chr(letter) for letter in letters if letter != 0x11A7)
