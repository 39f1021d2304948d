import { closeSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { JsonObject } from '#client/index.ts';
import { jsonText } from '#format/json-text.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EditConflictError, InputError } from '#pipeline/errors.ts';
import { type Reject, resolveInputs } from '#pipeline/source/index.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { OutputFile } from '#pipeline/store/output-file.ts';
import { outputTarget } from '#pipeline/store/output-target.ts';
import { storeError } from '#pipeline/store/system-error.ts';

const PENDING_CHARS = 1 << 16;

/** One rejected record as a JSON object: its location, the reason, and the record itself if it could be parsed. */
function rejectText({ location, field, reason, record }: Reject): string {
  const { file, line, column, offset, path } = location;
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

/**
 * Runs a command with the file of its option `--rejects`, if that is given. The file appears if the command succeeds or
 * meets bad data, which the file lists.
 * @param set folder of the set that the command writes
 * @throws the errors of the command; UsageError, StoreError for the file
 */
export async function withRejects<T>(
  args: Arguments,
  inputs: readonly string[],
  set: string,
  { output, signal }: Io,
  command: (rejects: RejectsFile | undefined) => Promise<T>,
): Promise<T> {
  const path = args.text('rejects');
  if (path === undefined) return command(undefined);
  const rejects = await RejectsFile.open(path, inputs, set, output.stream);
  let failure: unknown;
  const run = async () => {
    try {
      return await command(rejects);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const keep = async () => {
    const isBadData = failure instanceof InputError || failure instanceof EditConflictError;
    if (failure === undefined || isBadData) await rejects.keep(signal);
  };
  return withCleanUp(
    () => withCleanUp(run, keep),
    () => rejects.drop(),
  );
}

/** Output file for rejected records, one per line; it appears when `keep` is called. */
class RejectsFile {
  readonly #output: OutputFile;
  readonly #path: string;
  readonly #file: number;
  #pending = '';
  #isOpen = true;

  private constructor(output: OutputFile, path: string) {
    this.#output = output;
    this.#path = path;
    this.#file = openSync(output.growing, 'w');
  }

  /**
   * @param out the set that is built
   * @throws UsageError if the path cannot be written, or is an input or part of the set; StoreError
   */
  static async open(
    path: string,
    inputs: readonly string[],
    out: string,
    stdout: Writable,
  ): Promise<RejectsFile> {
    const paths = (await resolveInputs(inputs)).flatMap(input => input.path ?? []);
    const target = outputTarget('--rejects', path, { set: out, inputs: paths });
    return new RejectsFile(await OutputFile.open(target, path, stdout), path);
  }

  /** @throws StoreError */
  add(reject: Reject): void {
    this.#pending += `${rejectText(reject)}\n`;
    if (this.#pending.length >= PENDING_CHARS) this.#flush();
  }

  /**
   * Moves the file to its path, over an older one; it is empty if nothing was rejected.
   * @throws StoreError, the signal's reason
   */
  async keep(signal?: AbortSignal): Promise<void> {
    this.#flush();
    this.#close();
    await this.#output.commit(signal);
  }

  /** Removes the file unless it was kept. */
  async drop(): Promise<void> {
    this.#close();
    await this.#output.close();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      throw storeError('cannot write', this.#path, error);
    }
    this.#pending = '';
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}
