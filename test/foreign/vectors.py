"""Runs the test vectors for readers: columns, folds, hashes, and sets with their records and answers to queries.

    python3 vectors.py FOLDER                              prints how many it ran; a vector that fails ends it
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

import columns
import msgpack
from columns import FormatError, Level, need
from fold import read_fold
from haven_chunks import ChunkSet, answer
from samples import murmur3

READERS = {
    "numbers": columns.numbers,
    "strings": columns.texts,
    "values": columns.values,
    "objects": columns.table,
    "sorted strings": columns.sorted_texts,
}


def load(path):
    return json.loads(path.read_text("utf-8"), parse_int=float)


def exact(value):
    """A text that is equal for equal values, -0 and 0 apart; keys of objects in one order."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{exact(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(exact, value)) + "]"
    return repr(float(value) if type(value) is int else value)


def same(found, expected, what):
    need(exact(found) == exact(expected), f"{what} is {exact(found)[:500]}, expected {exact(expected)[:500]}")


def column_vectors(folder):
    vectors = load(folder / "columns.json")
    for vector in vectors["columns"]:
        packed = msgpack.unpackb(bytes.fromhex(vector["hex"]), raw=False)
        same(READERS[vector["kind"]](packed, int(vector["count"])), vector["values"], f"column {vector['hex']}")
    for vector in vectors["refused"]:
        try:
            READERS[vector["kind"]](msgpack.unpackb(bytes.fromhex(vector["hex"]), raw=False), 2)
        except FormatError:
            continue
        raise FormatError(f"a column of {vector['kind']} with {vector['why']} is accepted")
    return len(vectors["columns"]) + len(vectors["refused"])


def fold_vectors(folder):
    vectors = load(folder / "fold.json")
    fold = read_fold(columns.unpack(bytes.fromhex(vectors["content"])))
    for text, expected in vectors["folds"]:
        same(fold(text), expected, f"the fold of {text}")
    return len(vectors["folds"])


def hash_vectors(folder):
    vectors = load(folder / "hashes.json")
    for vector in vectors:
        same(murmur3(vector["text"].encode(), int(vector["seed"])), vector["hash"], f"the hash of {vector['text']!r}")
    return len(vectors)


def set_vectors(folder):
    content = bytes.fromhex(load(folder / "fold.json")["content"])
    paths = sorted(folder.glob("set-*.json"))
    queries = 0
    for path in paths:
        vector = load(path)
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), vector, content)
            Level.canonical = bool(vector["canonical"])
            chunk_set = ChunkSet(name)
            same(sorted(map(exact, chunk_set.dump())), sorted(map(exact, vector["records"])), f"{path.name}: records")
            for query in vector["queries"]:
                found = answer(chunk_set, query["query"])
                expected = query["answer"]
                same(like(found, expected), expected, f"{path.name}: the answer to {query['query']}")
                queries += 1
    return len(paths) + queries


def write_set(folder, vector, fold):
    index = json.loads(vector["index"])
    files = {path: bytes.fromhex(content) for path, content in vector["files"].items()}
    files[f"fold/{index['fold']['hash']}.mpk"] = fold
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        member = bytearray(gzip.compress(content, mtime=0))
        # [18.5] No extra flags, an unknown operating system.
        member[8:10] = b"\x00\xff"
        file.write_bytes(member)
    (folder / "index.json").write_text(vector["index"], "utf-8")


def like(found, expected):
    """Of an answer what the expected one has: rows without summary fields have none, a search may only be cut."""
    if isinstance(expected, dict):
        if "record" in expected:
            record = found["record"]
            return {key: like(found.get(key), value) for key, value in expected.items() if key != "record"} | {"record": record}
        return {key: like(found.get(key), value) for key, value in expected.items()} if isinstance(found, dict) else found
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [like(a, b) for a, b in zip(found, expected)]
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        run = {kind.__name__: kind(Path(sys.argv[1])) for kind in (column_vectors, fold_vectors, hash_vectors, set_vectors)}
    except FormatError as error:
        sys.exit(f"a vector fails: {error}")
    print(json.dumps(run))
