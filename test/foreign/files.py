"""The files of a set, checked before use: sections 3 and 4 of FORMAT.md."""

import hashlib
import json
import re
import zlib
from pathlib import Path

from columns import FormatError, need, need_canonical, unpack

# [12] Bytes of the content of a file, at most; and the most that deflate makes of one byte.
MOST_CONTENT, MOST_GROWTH = 128 * 2**20, 1_032
GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")


class Files:
    def __init__(self, folder):
        self.folder = Path(folder)
        data = (self.folder / "index.json").read_bytes()
        self.index, self.index_length = read_index(data), len(data)

    def content(self, kind, hash, length):
        return unpack(self.octets(kind, hash, length))

    def octets(self, kind, hash, length):
        """[4]"""
        path = f"{kind}/{hash}.mpk"
        data = (self.folder / path).read_bytes()
        need(length <= MOST_CONTENT, f"{path} is said to have {length} bytes")
        need(length <= MOST_GROWTH * len(data), f"{len(data)} bytes of {path} cannot grow to {length}")
        need_canonical(data.startswith(GZIP_HEADER), f"{path} has another gzip header")
        member = zlib.decompressobj(wbits=31)
        content = member.decompress(data, length + 1)
        need(member.eof and not member.unused_data, f"{path} is not exactly one gzip member")
        need(len(content) == length, f"{path} has {len(content)} bytes, not {length}")
        need(digest(content) == hash, f"{path} has another hash")
        return content


def digest(content):
    return hashlib.sha256(content).hexdigest()[:40]


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
