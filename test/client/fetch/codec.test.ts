import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { inflate } from '#client/fetch/gunzip.ts';
import { sha256 } from '#client/fetch/sha256.ts';
import type { Codec } from '#client/index.ts';
import { nodeCodec } from '#client/node/index.ts';

const content = new TextEncoder().encode('some rows of some chunk; '.repeat(400));
const member = gzipSync(content);
const empty = gzipSync('');

function altered(at: number): Uint8Array {
  const bytes = new Uint8Array(member);
  bytes[at]! ^= 0x10;
  return bytes;
}

describe.each<[string, Codec]>([
  ['web', { inflate, sha256 }],
  ['node', nodeCodec],
])('%s codec', (_, codec) => {
  test('gives back what was compressed, as a plain Uint8Array', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.nat(9), async (plain, level) => {
        const bytes = await codec.inflate(gzipSync(plain, { level }), plain.length);
        expect(bytes).toEqual(plain);
        expect(bytes.constructor).toBe(Uint8Array);
      }),
      { numRuns: 50 },
    );
  });

  test('gives back a content of megabytes', async () => {
    const plain = new Uint8Array(3_000_000).map((_, i) => (i * i) >> 7);
    expect(Buffer.compare(await codec.inflate(gzipSync(plain), plain.length), plain)).toBe(0);
  });

  test('a shorter content than allowed is not its affair', async () => {
    expect(await codec.inflate(member, content.length + 100)).toEqual(content);
  });

  test.each<[string, Uint8Array]>([
    ['without its last byte', member.subarray(0, -1)],
    ['without its trailer', member.subarray(0, -8)],
    ['without its end', member.subarray(0, member.length >> 1)],
    ['with its header alone', member.subarray(0, 10)],
    ['with another checksum', altered(member.length - 6)],
    ['with another length in its trailer', altered(member.length - 2)],
    ['with another content', altered(member.length >> 1)],
    ['with a byte after it', Buffer.concat([member, Buffer.of(1)])],
    ['with zeros after it', Buffer.concat([member, Buffer.alloc(512)])],
    ['with the start of another member after it', Buffer.concat([member, member.subarray(0, 12)])],
    ['with an empty member after it', Buffer.concat([member, empty])],
    ['with an empty member before it', Buffer.concat([empty, member])],
    ['twice', Buffer.concat([member, member])],
    ['that is none', content],
    ['that is nothing', new Uint8Array(0)],
  ])('refuses a member %s', async (_, bytes) => {
    await expect((async () => codec.inflate(bytes, content.length))()).rejects.toThrow();
  });

  test('refuses what holds a byte more than allowed, and nothing where nothing is allowed', async () => {
    await expect((async () => codec.inflate(member, content.length - 1))()).rejects.toThrow();
    await expect((async () => codec.inflate(gzipSync('a'), 0))()).rejects.toThrow();
    expect(await codec.inflate(empty, 0)).toHaveLength(0);
  });

  test('hashes as SHA-256 does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        const digest = createHash('sha256').update(bytes).digest();
        expect(Buffer.compare(await codec.sha256(bytes), digest)).toBe(0);
      }),
    );
  });
});

test('the web codec stops a bomb near the length allowed', async () => {
  let inflated = 0;
  const Real = DecompressionStream;
  vi.stubGlobal(
    'DecompressionStream',
    class {
      readonly writable: WritableStream;
      readonly readable: ReadableStream;
      constructor(format: CompressionFormat) {
        const stream = new Real(format);
        const count = new TransformStream<Uint8Array, Uint8Array>({
          transform(part, controller) {
            inflated += part.length;
            controller.enqueue(part);
          },
        });
        this.writable = stream.writable;
        this.readable = stream.readable.pipeThrough(count);
      }
    },
  );
  const bomb = gzipSync(new Uint8Array(50 << 20));
  await expect(inflate(bomb, 1000)).rejects.toThrow('exceeds the expected size');
  expect(inflated).toBeGreaterThan(1000);
  expect(inflated).toBeLessThan(1 << 20);
});

test('the node codec stops a bomb by its bound', () => {
  const bomb = gzipSync(new Uint8Array(50 << 20));
  expect(gunzipSync(bomb)).toHaveLength(50 << 20);
  expect(() => nodeCodec.inflate(bomb, 1000)).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
  );
});

test('without WebCrypto, as on pages served by plain http, sha256 is the same', async () => {
  const digest = createHash('sha256').update(content).digest('hex');
  for (const crypto of [{}, undefined]) {
    vi.stubGlobal('crypto', crypto);
    expect(Buffer.from(await sha256(content)).toString('hex')).toBe(digest);
  }
});
