/** Reads edits of a chunk set from files: `update --upsert`, `--patch`, `--delete` and `--changes`. */
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { isBlank } from '#format/json-text.ts';
import { integerText } from '#format/record/parse-json.ts';
import { UsageError } from '#pipeline/errors.ts';
import { readChange } from './change-line.ts';
import { type DeletedText, deletedNames } from './deleted-names.ts';
import type { Edit } from './edit.ts';
import { unchanged } from './file-state.ts';
import { type FieldMap, type LeftOutFile, readRecords, resolveInputs } from './index.ts';
import { parse } from './json/parse-record.ts';
import { normalise } from './normalise-record.ts';
import { unfit } from './record-limits.ts';
import type { RawRecord, Reject, SourceLocation } from './source-types.ts';
import { textLines } from './text-lines.ts';

/** Files with edits: paths, globs, or `-` for standard input; plain, gzip or zstd. */
export interface EditFiles {
  /** Catalogues of every format that a build reads: their systems are added, or replace those with the same ids. */
  readonly upsert?: readonly string[] | undefined;
  /** Records in every format that a build reads, with an `id` or else a `name`, and the fields that change. */
  readonly patch?: readonly string[] | undefined;
  /** Records with an `id` or else a `name`; or ids or names, as JSON or one per line. */
  readonly delete?: readonly string[] | undefined;
  /** Output of `diff`. */
  readonly changes?: readonly string[] | undefined;
  /** Paths to fields of the records of `upsert`. */
  readonly map?: FieldMap | undefined;
}

/** Events of reading edits. */
export interface EditEvents {
  /** Called for each record that is not a valid edit. */
  onReject?(reject: Reject): void;
  /** Called for each member of a catalogue that is not a system. */
  onSkip?(location: SourceLocation, reason: string): void;
  /** A file that a glob matches, or that is given twice, and that is not read. */
  onLeftOut?(file: LeftOutFile): void;
}

/**
 * Yields the edits in some files, in batches: changes, upserts, patches, deletions, each in the order of the files. The
 * `_meta` values of catalogues are one edit, after the upserts.
 * @throws UsageError for a file that does not exist, InputError for a syntax error, StoreError for a file that is changed
 *   while it is read; I/O errors; the signal's reason
 */
export async function* readEdits(
  files: EditFiles,
  events: EditEvents = {},
  signal?: AbortSignal,
): AsyncGenerator<Edit[], void, void> {
  const { upsert = [], patch = [], changes = [], map } = files;
  const deleted = files.delete ?? [];
  if ([...changes, ...upsert, ...patch, ...deleted].filter(path => path === '-').length > 1)
    throw new UsageError('- (standard input) is given twice: give it once');
  const inputsOf = (paths: readonly string[]) => resolveInputs(paths, file => events.onLeftOut?.(file));
  for (const input of await inputsOf(changes))
    yield* unchanged(
      input,
      mapped(textLines(input, {}, signal), line => [readChange(line)]),
    );
  const meta: JsonValue[] = [];
  const upserts = { ...events, onMeta: (value: JsonValue) => void meta.push(value) };
  for (const input of await inputsOf(upsert)) {
    const records = readRecords(input, upserts, { signal, map });
    yield* unchanged(
      input,
      mapped(records, raw => upsertOf(raw, events)),
    );
  }
  if (meta.length > 0) yield [{ action: 'meta', meta }];
  for (const input of await inputsOf(patch)) {
    const records = readRecords(input, events, { signal, isPartial: true });
    yield* unchanged(
      input,
      mapped(records, raw => named(raw, events, patchOf)),
    );
  }
  for (const input of await inputsOf(deleted))
    yield* unchanged(
      input,
      mapped(deletedNames(input, events, signal), item => deletion(item, events)),
    );
}

async function* mapped<T>(
  batches: AsyncIterable<readonly T[]>,
  editsOf: (item: T) => Edit[],
): AsyncGenerator<Edit[], void, void> {
  for await (const batch of batches) yield batch.flatMap(editsOf);
}

function deletion(item: RawRecord | DeletedText, events: EditEvents): Edit[] {
  return 'text' in item ? [{ action: 'delete', ...item }] : named(item, events, deletionOf);
}

function upsertOf(raw: RawRecord, events: EditEvents): Edit[] {
  const { location } = raw;
  const outcome = normalise(raw);
  if (outcome.kind === 'system') return [{ action: 'upsert', system: outcome.system, location }];
  if (outcome.kind === 'skip') events.onSkip?.(location, outcome.why);
  else events.onReject?.({ ...outcome, location });
  return [];
}

/** The id or name of a record, and its other fields. */
interface Named {
  readonly key: { readonly id: string } | { readonly name: string };
  readonly fields: JsonObject;
}

const patchOf = ({ key, fields }: Named): Edit => ({ action: 'patch', ...key, updates: fields });
const deletionOf = ({ key }: Named): Edit => ({ action: 'delete', ...key });

/** The edit of a record that has an id or a name. */
function named(raw: RawRecord, events: EditEvents, editOf: (named: Named) => Edit): Edit[] {
  const { location } = raw;
  const found = namedRecord(raw);
  if ('key' in found) return [{ ...editOf(found), location }];
  events.onReject?.({ ...found, location });
  return [];
}

function namedRecord({ bytes, location, key: around }: RawRecord): Named | Omit<Reject, 'location'> {
  const { text, value } = parse(bytes, location);
  const refusal = unfit(bytes, text, value, location);
  if (refusal) return refusal;
  if (!isObject(value)) return { reason: 'expected an object', record: value };
  const { id, name, ...rest } = value;
  for (const [field, own] of [
    ['id', id],
    ['id64', rest['id64']],
  ] as const) {
    if (isBlank(own) || (typeof own !== 'string' && typeof own !== 'number')) continue;
    const fields = name === undefined ? rest : { name, ...rest };
    return { key: { id: typeof own === 'string' ? own : integerText(text, [field]) }, fields };
  }
  if (isBlank(id) && typeof name === 'string' && name !== '') return { key: { name }, fields: rest };
  if (isBlank(id) && isBlank(name) && around) return { key: { name: around }, fields: rest };
  const reason = 'it has no id and no name: give one, as a string';
  return { field: 'id', reason, record: value };
}
