/** All systems of a catalogue in JSON, by the rules that builds of chunk sets follow. FORMAT.md, section 19. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ArgumentError, CorruptError } from '#client/errors.ts';
import type { JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { identityText } from '#format/record/identity.ts';
import { MAX_RECORD_BYTES, type Rejection, unfitKeys, unfitText, unfitValue } from '#format/record/limits.ts';
import { normaliseRecord, type Outcome } from '#format/record/normalise.ts';
import { integerText } from '#format/record/parse-json.ts';
import type { Counts, System } from '#format/system.ts';
import { type CataloguePiece, parsePiece, splitCatalogue } from './split-catalogue.ts';

/** A rejected record of a JSON catalogue. */
export interface RejectedRecord extends Rejection {
  /** Where it is: `["11 Com"]`, `data[17]`, `line 5`. */
  readonly path: string;
}

/** Content of a catalogue. */
export interface CatalogueContent {
  readonly systems: readonly System[];
  readonly counts: Counts;
  readonly rejected: readonly RejectedRecord[];
}

type Found = Extract<Outcome, { kind: 'system' }> & { readonly path: string };

const encoder = new TextEncoder();

/**
 * Reads a catalogue in any shape that Haven writes. Identical systems count once, and an explicit id takes precedence
 * over a derived one.
 * @param catalogue JSON or NDJSON as a string or bytes, or the parsed value
 * @param location name for messages
 * @throws CorruptError if it is not JSON in UTF-8, or if different systems have the same id; ArgumentError for more
 *   bytes than a string can hold
 */
export function readCatalogue(
  catalogue: string | Uint8Array | JsonValue,
  location: string,
): CatalogueContent {
  const rejected: RejectedRecord[] = [];
  const byId = new Map<string, Found[]>();
  for (const piece of splitCatalogue(textOf(catalogue, location), location)) {
    const { kind, ...outcome } = { ...outcomeOf(piece, location), path: piece.path };
    if (kind === 'reject') rejected.push(outcome as RejectedRecord);
    else if (kind === 'system') {
      const found = { kind, ...outcome } as Found;
      const { id } = found.system;
      const others = byId.get(id);
      if (others) others.push(found);
      else byId.set(id, [found]);
    }
  }
  const systems: System[] = [];
  const counts = { systems: byId.size, planets: 0, moons: 0, stations: 0 };
  for (const [id, found] of byId) {
    const winner = winnerOf(id, found, location);
    systems.push(winner.system);
    for (const body of ['planets', 'moons', 'stations'] as const) counts[body] += winner.counts[body];
    for (const { origin, path, system } of found) {
      if (winner.origin !== 'own' || origin === 'own') continue;
      const reason = `the id made for it, "${id}", is the id of the system at ${winner.path}: give it another`;
      rejected.push({ path, field: 'id', reason, record: system.fields });
    }
  }
  return { systems, counts, rejected };
}

/** @throws CorruptError, ArgumentError */
function textOf(catalogue: string | Uint8Array | JsonValue, location: string): string {
  if (typeof catalogue === 'string') return catalogue;
  if (!(catalogue instanceof Uint8Array)) return jsonText(catalogue);
  if (catalogue[0] === 0x1f && catalogue[1] === 0x8b)
    throw new CorruptError(`${location} is gzip data, expected JSON: unpack it first`, {
      file: location,
    });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(catalogue);
  } catch (cause) {
    if (!(cause instanceof TypeError)) {
      const message = `${location} has ${catalogue.length} bytes, more than a string can hold: build a chunk set from it`;
      throw new ArgumentError(message, { cause });
    }
    throw new CorruptError(`${location} is not valid UTF-8: convert it to UTF-8`, { file: location, cause });
  }
}

/** The system of a piece, or why it has none. */
export function outcomeOf(piece: CataloguePiece, location: string): Outcome {
  const { text, skip } = piece;
  const value = parsePiece(piece, location);
  if (skip) return { kind: 'skip', why: 'its key does not name a system' };
  const refusal =
    tooLarge(text) ??
    (text.isWellFormed() ? unfitText(text, value) : unfitValue(value)) ??
    unfitKeys(text, encoder.encode(text), value, at => `character ${at + 1} of the record`);
  if (refusal) return { kind: 'reject', ...refusal };
  return normaliseRecord(value, piece, {
    sha256: content => bytesToHex(sha256(encoder.encode(content))),
    digits: field => integerText(text, [field]),
  });
}

function tooLarge(text: string): Rejection | undefined {
  // UTF-8 has at most three bytes per UTF-16 code unit.
  if (3 * text.length <= MAX_RECORD_BYTES) return undefined;
  const { length } = encoder.encode(text);
  if (length <= MAX_RECORD_BYTES) return undefined;
  return {
    reason: `it has ${length} bytes, more than the maximum of ${MAX_RECORD_BYTES} for a record: split it`,
  };
}

/** @throws CorruptError if different systems have the id with equal precedence */
function winnerOf(id: string, found: readonly Found[], location: string): Found {
  const own = found.filter(({ origin }) => origin === 'own');
  const [first, ...others] = own.length > 0 ? own : found;
  const identity = others.length > 0 && identityText(first!.system);
  const rival = others.find(({ system }) => identityText(system) !== identity);
  if (!rival) return first!;
  throw new CorruptError(
    `${location}: the systems at ${first!.path} and ${rival.path} have the same id, ${JSON.stringify(id)}, and differ: give each a different id`,
    { file: location, field: 'id', found: id },
  );
}
