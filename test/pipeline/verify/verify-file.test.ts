import { crc32, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pathOf } from '#format/index.ts';
import { memoryStore } from '#pipeline/index.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';
import { FileFault, readFile } from '#pipeline/verify/verify-file.ts';

/** Bits of a deflate stream (RFC 1951, section 3.1.1). */
class Bits {
  #bits: number[] = [];

  /** Writes a number of `count` bits, the lowest first. */
  number(value: number, count: number): this {
    for (let i = 0; i < count; i++) this.#bits.push((value >> i) & 1);
    return this;
  }

  /** Writes a Huffman code, whose highest bit is first. */
  code(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.#bits.push((value >> i) & 1);
    return this;
  }

  /** A byte as it is, in the fixed code. */
  literal(byte: number): this {
    return byte < 144 ? this.code(0x30 + byte, 8) : this.code(0x190 + byte - 144, 9);
  }

  get length(): number {
    return this.#bits.length;
  }

  get bytes(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => {
      bytes[i >> 3]! |= bit << (i & 7);
    });
    return bytes;
  }
}

/** `{"ééé": "aaa…"}` in MessagePack. */
const CONTENT = Buffer.from([0x81, 0xa6, ...Buffer.from('ééé'), 0xb2, ...Buffer.from('a'.repeat(18))]);

/** The beginning of a final block in the fixed code. */
const begun = () => new Bits().number(1, 1).number(1, 2);
/** Thirteen times "a", then five more from 12 bytes before. The last bit of that distance is the lowest of a byte. */
const repeated = () => {
  const bits = begun();
  for (const byte of CONTENT.subarray(0, -5)) bits.literal(byte);
  return bits.code(3, 7).code(6, 5).number(3, 2).code(0, 7);
};
/** The same content byte by byte: the block ends inside of the last byte. */
const literal = () => {
  const bits = begun();
  for (const byte of CONTENT) bits.literal(byte);
  return bits.code(0, 7);
};

/** Checks a file with the given deflate stream. */
async function checked(deflated: Buffer): Promise<number> {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(CONTENT));
  trailer.writeUInt32LE(CONTENT.length, 4);
  const member = Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), deflated, trailer]);
  expect(gunzipSync(member)).toEqual(CONTENT);
  const ref = nameOf('ids', CONTENT);
  const store = memoryStore();
  await store.put(pathOf(ref), member);
  return (await readFile(store, ref, true, undefined)).bytes;
}

test('a last byte with a bit of a distance is not taken for padding, though another distance gives the same bytes', async () => {
  const stream = repeated().bytes;
  expect(stream.at(-1)).toBe(1);
  const other = Buffer.from(stream);
  other[other.length - 1] = 0;
  await expect(checked(other)).resolves.toBeGreaterThan(0);
  await expect(checked(stream)).resolves.toBeGreaterThan(0);
});

test('bits after the deflate stream must be zero, whichever they are', async () => {
  await expect(checked(literal().bytes)).resolves.toBeGreaterThan(0);
  const used = literal().length % 8;
  expect(used).toBeGreaterThan(0);
  for (let padding = 1; padding < 1 << (8 - used); padding++) {
    const stream = literal().number(padding, 8 - used).bytes;
    await expect(checked(stream)).rejects.toThrow(
      new FileFault('the bits after the deflate stream are not zero'),
    );
  }
});
