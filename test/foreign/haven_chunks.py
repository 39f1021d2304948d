"""Reads chunk sets, strictly: a second reader, written from FORMAT.md alone. Sections in brackets.

    python3 haven_chunks.py dump SET                       every record, one a line; checks all of sections 3 to 10
    python3 haven_chunks.py overview SET                   the sample of the whole set, one a line
    python3 haven_chunks.py meta SET                       the catalogues' _meta values, one a line
    python3 haven_chunks.py sphere SET X Y Z R [R0 [N]]    the systems in a sphere, one a line
    python3 haven_chunks.py answer SET                     for each line of standard input an answer on one line

A line for `answer` is {"center": [x, y, z], "radius", "minRadius", "limit"}, all but the centre optional, answered by
the rows, or {"id", "x", "y", "z"}, answered by the record or null. Numbers are printed so that they read back to the bit.
"""

import hashlib
import json
import math
import re
import sys
import zlib
from functools import lru_cache
from pathlib import Path

from columns import FormatError, count_of, need, numbers, table, texts, unpack, values, wholes
from samples import first_of, overview_rows, place_of, preview_rows
from tree import COUNTS, Preview, holds, length_of, reach, read_page, starts, world_exponent

# What a row of a chunk answers with.
ROW = ("id", "name", "x", "y", "z", "region", "fields")

GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")


class ChunkSet:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.index = read_index((self.folder / "index.json").read_bytes())
        self.page = lru_cache(64)(self.page)
        self.chunk = lru_cache(64)(self.chunk)
        self.details = lru_cache(64)(self.details)

    def content(self, kind, hash, length):
        """[4]"""
        path = f"{kind}/{hash}.mpk"
        data = (self.folder / path).read_bytes()
        need(data.startswith(GZIP_HEADER), f"{path} has another gzip header")
        member = zlib.decompressobj(wbits=31)
        content = member.decompress(data, length + 1)
        need(member.eof and not member.unused_data, f"{path} is not exactly one gzip member")
        need(len(content) == length, f"{path} has {len(content)} bytes, not {length}")
        need(hashlib.sha256(content).hexdigest()[:40] == hash, f"{path} has another hash")
        return unpack(content)

    def root(self):
        tree = self.index["tree"]
        return self.page(tree["hash"], tree["length"]) if tree else None

    def page(self, hash, length):
        return read_page(self.content("tree", hash, length))

    def top_of(self, branch):
        """The node that a branch stands for."""
        top = self.page(branch.hash, branch.length)
        same = all(getattr(top, name) == getattr(branch, name) for name in ("counts", "box", "entries", "preview"))
        need(same, f"tree/{branch.hash} is not what its branch says")
        return top

    def chunk(self, hash, length, rows, kind="chunks"):
        """[7]"""
        fields = self.content(kind, hash, length)
        need(count_of(fields, "rows") == rows, f"{kind}/{hash} has not {rows} rows")
        columns = {name: texts(fields.get(name), rows) for name in ("id", "name", "region")}
        columns |= {axis: numbers(fields.get(axis), rows) for axis in "xyz"}
        need(all(columns["id"]), "an id is empty")
        need(all(abs(v) < 2.0**500 for axis in "xyz" for v in columns[axis]), "a coordinate is too large")
        columns["derived"] = wholes(fields["derived"], rows) if "derived" in fields else [0] * rows
        need(all(bits < 8 for bits in columns["derived"]), "derived has unknown bits")
        columns["fields"] = table(fields["fields"], rows) if "fields" in fields else [{}] * rows
        return columns

    def details(self, hash, length, rows):
        """[8]"""
        fields = self.content("details", hash, length)
        need(count_of(fields, "rows") == rows, f"details/{hash} has not {rows} rows")
        return table(fields.get("fields"), rows)

    def record(self, chunk, row):
        """[8] The record of a row of a chunk."""
        columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
        record = {}
        for bit, name in enumerate(("id", "name", "region")):
            if not columns["derived"][row] >> bit & 1:
                record[name] = columns[name][row]
        parts = [{axis: columns[axis][row] for axis in "xyz"}, columns["fields"][row]]
        for start, file in starts(chunk.details):
            if start <= row < start + file.rows:
                parts.append(self.details(file.hash, file.length, file.rows)[row - start])
        for part in parts:
            need(not record.keys() & part.keys(), "a key of a record comes twice")
            record |= part
        return record

    def sample(self, preview):
        """[7] The columns of a preview or the overview."""
        return self.chunk(preview.hash, preview.length, preview.rows, "previews")

    def overview(self):
        overview = self.index["overview"]
        return self.sample_rows(Preview(**overview)) if overview else []

    def sample_rows(self, preview):
        columns = self.sample(preview)
        return [row_of(columns, row) for row in range(preview.rows)]

    def meta(self):
        if not self.index["meta"]:
            return []
        fields = self.content("meta", **self.index["meta"])
        return values(fields.get("values"), count_of(fields, "rows"))

    def dump(self):
        """Every record, with all checks. [10]"""
        root = self.root()
        index = self.index
        if root is None:
            need(index["bounds"] is index["exponent"] is index["overview"] is None and not any(index["counts"].values()), "not empty")
            return
        need(root.counts == tuple(index["counts"][name] for name in COUNTS), "counts differ from the root's")
        bounds = tuple(tuple(map(float, index["bounds"][end])) for end in ("min", "max"))
        need(root.box == bounds, "bounds differ")
        need(index["exponent"] == world_exponent(root.box), f"the exponent is {index['exponent']}")
        ids = set()
        first = yield from self.node(root, ids)
        need(len(ids) == root.counts[0], "ids are not unique")
        overview = Preview(**index["overview"])
        need(overview.rows == overview_rows(len(ids), index["options"]["preview"]), "the overview has other rows")
        self.check_sample(overview, first)

    def node(self, node, ids):
        """Gives the records of a subtree, and returns its first systems in the order of samples. [12.6]"""
        if node.kind == "branch":
            node = self.top_of(node)
        if node.kind == "leaf":
            return (yield from self.leaf(node, ids))
        first = []
        for child in node.children:
            first += yield from self.node(child, ids)
        first = first_of(first)
        rows = preview_rows(node.counts[0], self.index["options"]["preview"])
        need((node.preview.rows if node.preview else 0) == rows, f"a node has a preview of other than {rows} rows")
        if node.preview:
            self.check_sample(node.preview, first)
            self.check_nested(node)
        return first

    def check_sample(self, preview, first):
        columns = self.sample(preview)
        for row, (_, chunk, at) in enumerate(first[: preview.rows]):
            own = self.chunk(chunk.hash, chunk.length, chunk.rows)
            same = all(repr(columns[name][row]) == repr(own[name][at]) for name in (*ROW, "derived"))
            need(same, f"row {row} of previews/{preview.hash} is not the system that comes there")

    def check_nested(self, node):
        """[11.3] What lies in a child with a preview is in that preview."""
        shown = [(at["id"], at["x"], at["y"], at["z"]) for at in self.sample_rows(node.preview)]
        for child in node.children:
            if child.preview:
                own = {row["id"] for row in self.sample_rows(child.preview)}
                lost = [id for id, *at in shown if holds(child.box, at) and id not in own]
                need(not lost, f"previews/{child.preview.hash} lacks what that of its parent shows: {lost[:3]}")

    def leaf(self, leaf, ids):
        """Gives the records of a leaf, and returns its first systems in the order of samples: place, chunk, row."""
        found = []
        points = []
        for chunk, start, end in leaf.spans:
            columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
            need(chunk.first_id in ("", columns["id"][0]), "the first id of a chunk is another")
            for file_start, file in starts(chunk.details):
                need(file.first_id in ("", columns["id"][file_start]), "the first id of a detail file is another")
            found += columns["id"][start:end]
            points += [tuple(columns[axis][row] for axis in "xyz") for row in range(start, end)]
        order = [id.encode() for id in found]
        need(all(a < b for a, b in zip(order, order[1:])), "a leaf is not in order of ids")
        need(leaf.box == (tuple(map(min, zip(*points))), tuple(map(max, zip(*points)))), "a box is not tight")
        limit = self.index["options"]["chunkLimit"]
        need(len(found) <= limit or leaf.box[0] == leaf.box[1], "a leaf is larger than the limit")
        ids.update(found)
        places = [(chunk, row) for chunk, start, end in leaf.spans for row in range(start, end)]
        records = [self.record(chunk, row) for chunk, row in places]
        need(leaf.counts == tuple(map(sum, zip(*map(counts_of, records)))), "a leaf counts otherwise")
        yield from records
        options = self.index["options"]["preview"]
        return first_of(
            [(place_of(id, record, options), *place) for id, record, place in zip(found, records, places)]
        )

    def sphere(self, center, radius=math.inf, least=0.0, limit=math.inf):
        """[11.1]"""
        hits = []
        open_nodes = [self.root()] if self.root() else []
        while open_nodes:
            node = open_nodes.pop()
            near, far = reach(node.box, center)
            if near > radius or far < least:
                continue
            if node.kind == "branch":
                open_nodes.append(self.top_of(node))
            open_nodes += node.children
            for chunk, start, end in node.spans:
                columns = self.chunk(chunk.hash, chunk.length, chunk.rows)
                for row in range(start, end):
                    x, y, z = (columns[axis][row] for axis in "xyz")
                    d = length_of(x - center[0], y - center[1], z - center[2])
                    if least <= d <= radius:
                        hits.append((d, columns["id"][row].encode(), columns, row))
        hits.sort(key=lambda hit: hit[:2])
        hits = hits[: int(min(limit, len(hits)))]
        return [row_of(columns, row) | {"distance": d} for d, _, columns, row in hits]

    def system(self, id, *at):
        """[11.2] The record of an id at a position, or None."""
        node = self.root()
        while node and node.kind != "leaf":
            inside = (child for child in node.children if holds(child.box, at))
            node = self.top_of(node) if node.kind == "branch" else next(inside, None)
        if node is None or not holds(node.box, at):
            return None
        key = id.encode()
        spans = [span for i, span in enumerate(node.spans) if i == 0 or span[0].first_id.encode() <= key]
        chunk, start, end = spans[-1]
        ids = self.chunk(chunk.hash, chunk.length, chunk.rows)["id"]
        row = next((row for row in range(start, end) if ids[row] == id), None)
        if row is None:
            return None
        fitting = [
            (first, file)
            for first, file in starts(chunk.details)
            if first < end and first + file.rows > start and (first <= start or file.first_id.encode() <= key)
        ]
        if fitting:
            first, file = fitting[-1]
            need(first <= row < first + file.rows, "the detail file found by id is not that of the row")
        return self.record(chunk, row)


def row_of(columns, row):
    return {name: columns[name][row] for name in ROW}


def read_index(data):
    """[3]"""
    try:
        index = json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise FormatError(f"index.json is no JSON: {error}") from error
    is_set = isinstance(index, dict) and index.get("format") == "haven-chunks"
    need(is_set and type(index.get("version")) is int and index["version"] >= 1, "this is no chunk set")
    need(index["version"] <= 1, f"the set is of version {index['version']}, this reader knows 1")
    generation = index.get("generation")
    need(isinstance(generation, str) and re.fullmatch("[0-9a-f]{64}", generation), "there is no generation")
    member = f'"generation":"{generation}",'.encode()
    need(data.count(member) == 1, "the generation is not written as it must be")
    need(hashlib.sha256(data.replace(member, b"")).hexdigest() == generation, "index.json was altered")
    need(len(data) <= 8192, "index.json is too long")
    return index


def counts_of(record):
    """[14.4]"""
    planets = record.get("planets")
    planets = planets if isinstance(planets, list) else []
    holders = [record] + [planet for planet in planets if isinstance(planet, dict)]
    moons = [holder.get("moons") for holder in holders]
    return (
        1,
        len(planets),
        sum(len(of) for of in moons if isinstance(of, list)),
        int(isinstance(record.get("space_station"), dict)),
    )


def answer(chunk_set, query):
    if "id" in query:
        return chunk_set.system(query["id"], query["x"], query["y"], query["z"])
    limit = query.get("limit", math.inf)
    return chunk_set.sphere(query["center"], query.get("radius", math.inf), query.get("minRadius", 0.0), limit)


def main(command, folder, *rest):
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdin.reconfigure(encoding="utf-8")
    chunk_set = ChunkSet(folder)
    if command == "sphere":
        x, y, z, radius, *more = map(float, rest)
        least, limit = more + [0.0, math.inf][len(more) :]
        found = chunk_set.sphere((x, y, z), radius, least, limit)
    elif command == "answer":
        found = (answer(chunk_set, json.loads(line, parse_int=float)) for line in sys.stdin)
    else:
        found = {"dump": chunk_set.dump, "overview": chunk_set.overview, "meta": chunk_set.meta}[command]()
    for value in found:
        print(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except FormatError as error:
        sys.exit(f"the set is corrupt: {error}")
