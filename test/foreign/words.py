"""Texts that are searched, and the tables that they are searched by: sections 15 and 16 of FORMAT.md."""

from collections import defaultdict

from tables import weight

WINDOW = 24
SEARCHED = 1_024
MOST_COST = 262_144
RARE = 16
SEPARATORS = [range(0x30), range(0x3A, 0x41), range(0x5B, 0x61), range(0x7B, 0xC0), range(0x2000, 0x2070), range(0x3000, 0x3040)]  # fmt: skip


def is_separator(char):
    return any(ord(char) in of for of in SEPARATORS)


def word_starts(text):
    return [i for i, c in enumerate(text) if i == 0 or is_separator(text[i - 1]) and not is_separator(c)]


def texts_of(name, record, fields):
    """The texts of some searched fields, not folded."""
    found = []
    for field in fields:
        value = name if field == "name" else record.get(field)
        found += [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text]
    return found


def indexed(system, name, values):
    """How many words of a system's name have rows, and its values that fit."""
    of_word = 64 + sum(len(system[key]) for key in ("id", "name", "region"))
    of_word += weight(system["fields"]) if system["fields"] else 0
    spent, words = 0, 0
    starts = word_starts(name or "")
    for start, stop in zip(starts, [*starts[1:], len(name or "")]):
        added = of_word + 4 * len(name[start:stop])
        if words > 0 and spent + added > MOST_COST:
            break
        spent, words = spent + added, words + 1
    kept = []
    for value in values:
        added = of_word * len(word_starts(value)) + 4 * len(value)
        if spent + added <= MOST_COST:
            spent += added
            kept.append(value)
    return words, kept


def search_rows(systems, fold, mode, fields):
    """The rows of `words`, `values` and `parts`; systems have their records."""
    words, parts, of_value = {}, defaultdict(int), defaultdict(list)

    def add(text, system, mark, before=""):
        key = (text[:WINDOW], before, system["name"], system["id"])
        row = (mark, *(system[name] for name in ("x", "y", "z", "region", "fields")))
        words[key] = max(words.get(key, row), row, key=lambda of: of[0])

    def count(text, having, most=None):
        starts = word_starts(text)
        for start, end in [*zip(starts, [*starts[1:], len(text)])][:most]:
            for at in range(start + 1, end):
                parts[text[at:][:WINDOW], text[start:at][:WINDOW]] += having

    for system in systems if mode != "none" else ():
        own = fold(system["name"])[:SEARCHED] if "name" in fields else None
        others = texts_of(system["name"], system["record"], [field for field in fields if field != "name"])
        values = dict.fromkeys(fold(text)[:SEARCHED] for text in others)
        values.pop(own, None)
        most, values = indexed(system, own, values)
        if own is not None:
            for start in word_starts(own)[:most]:
                add(own[start:], system, 0)
            count(own, 1, most)
        for value in values:
            of_value[value].append(system)
    for value, having in of_value.items():
        count(value, len(having))
        for start in word_starts(value):
            if len(having) > RARE:
                stand = {"name": value, "id": "", "x": 0.0, "y": 0.0, "z": 0.0, "region": "", "fields": {}}
                add(value[start:], stand, len(having))
            else:
                for system in having:
                    add(value[start:], system, 1, value[:start][-WINDOW:])
    columns = ("x", "y", "z", "region", "fields")
    values = [
        ((value, system["name"], system["id"]), tuple(system[name] for name in columns))
        for value, having in of_value.items()
        if len(having) > RARE
        for system in having
    ]
    return {
        "words": by_key(words.items()),
        "values": by_key(values),
        "parts": by_key((key, (systems,)) for key, systems in parts.items()) if mode == "infix" else [],
    }


def by_key(rows):
    return sorted(rows, key=lambda row: row[0])


class Search:
    """[16] One search, in the tables `words`, `values` and `parts`."""

    def __init__(self, tables, fold, record_of, mode, fields):
        self.words, self.values, self.parts = (tables[name] for name in ("words", "values", "parts"))
        self.fold, self.record_of, self.mode, self.fields = fold, record_of, mode, fields

    def run(self, text):
        """The keys and rows of all systems that match, by (name, id)."""
        query = self.fold(text)
        found = {}

        def look(beginning):
            for key, row in self.words.prefixed(beginning[:WINDOW]):
                for (name, id), of in self.meant(key, row, query, len(beginning) <= WINDOW, found):
                    found[name, id] = of

        look(query)
        if self.mode == "infix":
            for beginning in self.around(query):
                look(beginning)
        return sorted(found.items())

    def around(self, query):
        """What texts have from a word on that have the query inside of it."""
        return {before + query for (_, before), _ in self.parts.prefixed(query[:WINDOW])}

    def meant(self, key, row, query, is_enough, found):
        """The systems that match of those that a row stands for."""
        text, before, name, id = key
        systems, *columns = row
        if id == "":
            matches = self.matches(name, query)
            return [(of[1:], columns) for of, columns in self.values.of(name)] if matches else []
        if (name, id) in found:
            return []
        here = text.startswith(query) if self.mode == "words" else query in before + text
        matches = here or "name" in self.fields and self.matches(self.fold(name)[:SEARCHED], query)
        if not matches and systems == 1 and not is_enough:
            texts = texts_of(name, self.record_of(id, *columns[:3]), self.fields)
            matches = any(self.matches(self.fold(of)[:SEARCHED], query) for of in texts)
        return [((name, id), columns)] if matches else []

    def matches(self, text, query):
        if self.mode == "infix":
            return query in text
        return any(text.startswith(query, start) for start in word_starts(text))
