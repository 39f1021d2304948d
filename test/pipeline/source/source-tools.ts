import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '#client/index.ts';
import type { Reject, SourceLocation } from '#pipeline/index.ts';
import { type Input, type ReadOptions, readRecords } from '#pipeline/source/index.ts';

/** Folder of real catalogues, where there is one. */
export const CATALOGUES = process.env['CATALOGUES'] ?? join(import.meta.dirname, '../../../../shared/data');
export const noCatalogues = !existsSync(CATALOGUES);

/** Two records. */
export const A = '{"id":"a","x":1,"y":2,"z":3}';
export const B = '{"id":"b","x":1,"y":2,"z":3}';

/** Bytes as an input, in chunks of the given sizes, over and over; a chunk is overwritten when the next one is requested. */
export function input(text: string | Uint8Array, chunks: readonly number[] = [1 << 16]): Input {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = chunks[turn % chunks.length]!;
      const chunk = Uint8Array.from(bytes.subarray(at, at + size));
      yield chunk;
      chunk.fill(0xff);
      at += size;
    }
  }
  return { file: 'test.json', index: 0, open };
}

export interface Got {
  /** Copies of what the batches held. */
  readonly records: { text: string; location: SourceLocation; key?: string; region?: string }[];
  readonly rejects: Reject[];
  readonly skips: { location: SourceLocation; why: string }[];
  readonly metas: JsonValue[];
  error?: Error;
}

/** Reads an input to its end or fault. */
export async function readAll(from: Input, options: ReadOptions = {}): Promise<Got> {
  const got: Got = { records: [], rejects: [], skips: [], metas: [] };
  const events = {
    onReject: (reject: Reject) => void got.rejects.push(reject),
    onSkip: (location: SourceLocation, why: string) => void got.skips.push({ location, why }),
    onMeta: (meta: JsonValue) => void got.metas.push(meta),
  };
  try {
    for await (const batch of readRecords(from, events, options)) {
      for (const { bytes, ...rest } of batch) got.records.push({ text: bytes.toString(), ...rest });
    }
  } catch (error) {
    got.error = error as Error;
  }
  return got;
}
