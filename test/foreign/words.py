"""Searched strings, and the tables that they are searched by: sections 15 and 16 of FORMAT.md."""

from collections import defaultdict
from functools import cache

from samples import murmur3

SEARCHED = 1_024
GRAM = 5
BUCKETS = 2**20
SHORT = 24
WORD_ROWS, VALUE_ROWS = 64, 256
WORDY, WORDS = 256, 8
MOST_COST = 262_144
MATCHES = ("exact", "prefix", "word", "inside", "value")
SEPARATORS = [range(0x30), range(0x3A, 0x41), range(0x5B, 0x61), range(0x7B, 0xC0), range(0x2000, 0x2070), range(0x3000, 0x3040)]  # fmt: skip


@cache
def is_separator(char):
    return any(ord(char) in of for of in SEPARATORS)


@cache
def word_starts(text):
    return [i for i, c in enumerate(text) if i == 0 or is_separator(text[i - 1]) and not is_separator(c)]


@cache
def bucket_of(text):
    """[15.2]"""
    return murmur3(text.encode(), 0) >> 12


def steps_of(path):
    """[15.1] The names of a path, or None."""
    steps, at = [], 0
    while at < len(path):
        if path.startswith('["', at):
            try:
                step, length = json_string(path, at + 1)
            except ValueError:
                return None
            if path[length : length + 1] != "]":
                return None
            at = length + 1
        else:
            at += path[at] == "." if steps else 0
            end = at
            while end < len(path) and path[end] not in '.[]()*/,="' and not path[end].isspace():
                end += 1
            if end == at or steps and path[at - 1] != ".":
                return None
            step, at = path[at:end], end
        steps.append(step)
    return steps


def json_string(text, at):
    from json import JSONDecoder

    return JSONDecoder().raw_decode(text, at)


def values_at(value, steps):
    if isinstance(value, list):
        return [found for element in value for found in values_at(element, steps)]
    if not steps:
        return [value]
    return values_at(value[steps[0]], steps[1:]) if isinstance(value, dict) and steps[0] in value else []


def values_of(record, field, fold):
    """[15.1] The values of a record in a field, in order, each once."""
    steps = steps_of(field)
    found = values_at(record[field], []) if field in record or not steps else values_at(record, steps)
    parts = [part for text in found if isinstance(text, str) for part in fold.search(text).split(", ") if part]
    return list(dict.fromkeys(parts))


def texts_of(system, fold, fields):
    """[15.1] The searched part of a system's name, or None, and its values of each other field."""
    name = fold.search(system["name"])[:SEARCHED] if "name" in fields else None
    cost, of_value = 0, 64 + sum(len(system[key]) for key in ("id", "name", "region"))
    values = []
    for field in fields:
        if field == "name":
            continue
        kept = []
        own = values_of(system["record"], field, fold) if field in system["record"] or steps_of(field) else []
        for value in own:
            value = value[:SEARCHED]
            added = of_value + 4 * len(value)
            if value not in kept and cost + added <= MOST_COST:
                cost += added
                kept.append(value)
        values.append(kept)
    return name, values


def grams_of(text, mode, first):
    starts = word_starts(text) if mode == "words" else range(len(text))
    return {text[at : at + GRAM] for at in starts if at >= first}


def search_rows(systems, fold, mode, fields):
    """[15.2] The rows of the tables for search; systems have their records."""
    grams, results, words, having = set(), {}, defaultdict(list), defaultdict(list)
    for system in systems if mode != "none" else ():
        name, values = texts_of(system, fold, fields)
        at = tuple(system[key] for key in ("x", "y", "z", "region"))
        bucket = bucket_of(system["name"])
        short = tuple(", ".join(value for value in own if len(value) <= SHORT) for own in values)
        results[f"{bucket:05x}", system["name"], system["id"]] = (*at, short)
        if name is not None:
            grams |= {(gram, f"{bucket:06x}") for gram in grams_of(name, mode, 1)}
            if sum(len(system[key]) for key in ("id", "name", "region")) <= WORDY:
                for start in word_starts(name)[1:WORDS]:
                    words[name[start:]].append(((system["name"], system["id"]), at))
        for value in dict.fromkeys(value for own in values for value in own):
            field = next(i for i, own in enumerate(values) if value in own)
            having[value].append(((system["name"], system["id"]), (field, *at)))
    rows = []
    for value, own in having.items():
        bucket = bucket_of(value)
        grams |= {(gram, f"{BUCKETS + bucket:06x}") for gram in grams_of(value, mode, 0)}
        kept = by_key(own) if len(value) > SHORT else by_key(own)[:VALUE_ROWS]
        rows += [((f"{bucket:05x}", value, *key), (field, len(own), *at)) for key, (field, *at) in kept]
    return {
        "words": by_key(((text, *key), at) for text, own in words.items() for key, at in by_key(own)[:WORD_ROWS]),
        "values": by_key(rows),
        "grams": by_key((key, ()) for key in grams),
        "results": by_key(results.items()),
    }


def by_key(rows):
    return sorted(rows, key=lambda row: row[0])


class Search:
    """[16] One search: all systems that match."""

    def __init__(self, tables, fold, mode, fields, of_value):
        """`of_value` gives the systems of a value of a facet."""
        self.tables, self.fold, self.mode, self.of_value = tables, fold, mode, of_value
        self.has_names = "name" in fields
        self.fields = [field for field in fields if field != "name"]

    def run(self, text):
        """The systems that match, in order: rows with their match and field; and the values of facets that match."""
        query = self.fold.search(text)
        if len(query) > SEARCHED:
            return [], []
        names, values = {}, {}
        if self.has_names:
            for (_, name), (flag,) in self.tables["folded"].prefixed(query):
                if flag or self.fold.search(name) == self.fold(name):
                    for (_, id), (x, y, z, region, _) in self.tables["names"].of(name):
                        names[id] = (name, x, y, z, region)
        places = self.places(query)
        for place in places:
            if place < BUCKETS:
                for (_, name, id), (*at, _) in self.tables["results"].of(f"{place:05x}"):
                    names[id] = (name, *at)
            else:
                self.add_values(f"{place - BUCKETS:05x}", query, values)
        hits = []
        for id, (name, *at) in names.items():
            match = self.match(self.fold.search(name)[:SEARCHED], query) if self.has_names else None
            if match:
                hits.append((match, id, name, at, {}))
        known = {hit[1] for hit in hits}
        found = self.facet_values(query)
        for match, field, _, key in found:
            for id, name, at in self.of_value(field, key):
                if id not in known:
                    hits.append(("value", id, name, at, {"field": field, "value": key[1:]}))
                    known.add(id)
        for id, (field, name, *at) in values.items():
            if id not in known:
                hits.append(("value", id, name, at, {"field": self.fields[field]}))
        hits.sort(key=self.order)
        return [self.hit(*hit) for hit in hits], [self.counted(*value) for value in found]

    def facet_values(self, query):
        """The values of facets that have a query, the best first."""
        rows = self.tables["facetGrams"].prefixed(query[:GRAM]) if query else []
        found = set()
        for (_, field, key), _ in rows:
            text = self.fold.search(key[1:])
            match = self.match(text, query)
            if match:
                found.add((match, field, text, key))
        return sorted(found, key=lambda value: (MATCHES.index(value[0]), *value[1:]))

    def counted(self, match, field, text, key):
        """[22.1] A value with the number of its systems."""
        rows = self.tables["facets"].of(field, self.fold(key[1:]), key)
        return {"field": field, "value": key[1:], "match": match, "systems": rows[0][1][0]}

    def places(self, query):
        """The places that all grams of a query have in common."""
        if len(query) <= GRAM:
            return {int(key[1], 16) for key, _ in self.tables["grams"].prefixed(query)}
        starts = word_starts(query) if self.mode == "words" else range(len(query))
        grams = {query[at : at + GRAM] for at in starts if at + GRAM <= len(query)}
        return set.intersection(*({int(key[1], 16) for key, _ in self.tables["grams"].of(gram)} for gram in grams))

    def add_values(self, bucket, query, values):
        common = False
        for (_, value, name, id), (field, systems, *at) in self.tables["values"].of(bucket):
            if self.holds(value, query):
                common |= systems > VALUE_ROWS
                values[id] = min(values.get(id, (field, name, *at)), (field, name, *at))
        for (_, name, id), (*at, texts) in self.tables["results"].slice() if common else ():
            own = [i for i, text in enumerate(texts) if any(self.holds(value, query) for value in text.split(", "))]
            if own:
                values[id] = min(values.get(id, (own[0], name, *at)), (own[0], name, *at))

    def holds(self, text, query):
        if self.mode == "infix":
            return query in text
        return any(text.startswith(query, start) for start in word_starts(text))

    def match(self, text, query):
        if query not in text:
            return None
        if text == query:
            return "exact"
        if text.startswith(query):
            return "prefix"
        if any(text.startswith(query, start) for start in word_starts(text)):
            return "word"
        return "inside" if self.mode == "infix" else None

    def order(self, hit):
        match, id, name, *_ = hit
        own = self.fold.search(name) if match in ("exact", "prefix") else ""
        return MATCHES.index(match), own, name, id

    def hit(self, match, id, name, at, how):
        x, y, z, region = at
        return {"id": id, "name": name, "x": x, "y": y, "z": z, "region": region, "match": match} | how
