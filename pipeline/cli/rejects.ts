import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { jsonText } from '../../client/format/json-text.ts';
import type { JsonObject } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import { type Reject, resolveInputs } from '../source/index.ts';

const PENDING_CHARS = 1 << 16;

/** One rejected record as a JSON object: where it stood, why it was refused, and itself where it could be read. */
export function rejectText({ place, field, reason, record }: Reject): string {
  const { file, line, column, offset, path } = place;
  const object: JsonObject = {
    file,
    line,
    column,
    offset,
    ...(path !== undefined && { path }),
    ...(field !== undefined && { field }),
    reason,
    ...(record !== undefined && { record }),
  };
  return jsonText(object);
}

/** A file of rejected records, one a line, that is put in place whole; what is not kept leaves no trace. */
export class RejectsFile {
  readonly #path: string;
  readonly #growing: string;
  readonly #file: number;
  #pending = '';
  #isOpen = true;

  /** @throws the file system's errors, at once: not after an hour of building */
  constructor(path: string) {
    this.#path = path;
    this.#growing = join(dirname(path), `.${basename(path)}.${process.pid}.growing`);
    this.#file = openSync(this.#growing, 'w');
  }

  add(reject: Reject): void {
    this.#pending += `${rejectText(reject)}\n`;
    if (this.#pending.length >= PENDING_CHARS) this.#flush();
  }

  /** Puts the file in place, over an older one; it is empty where nothing was rejected. */
  keep(): void {
    this.#flush();
    fsyncSync(this.#file);
    this.#close();
    renameSync(this.#growing, this.#path);
  }

  /** Removes what was not put in place. */
  drop(): void {
    this.#close();
    rmSync(this.#growing, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#pending = '';
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}

/**
 * Refuses a place for rejects where they would overwrite an input or stand inside the set.
 * @throws UsageError, and the file system's error where the folder is missing
 */
export async function checkRejectsPath(path: string, inputs: readonly string[], out: string): Promise<void> {
  const target = resolve(path);
  await stat(dirname(target));
  const inside = relative(resolve(out), target);
  if (!inside.startsWith('..')) {
    throw new UsageError(`--rejects ${path}: lies in the set's own folder; name a file elsewhere`);
  }
  for (const input of await resolveInputs(inputs)) {
    if (input.path !== undefined && resolve(input.path) === target)
      throw new UsageError(`--rejects ${path}: is one of the inputs; name another file`);
  }
}
