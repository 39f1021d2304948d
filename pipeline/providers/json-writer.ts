/** Edits systems in a JSON file: the whole file is written again for each edit. */
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CorruptError } from '#client/errors.ts';
import { readCatalogueFile } from '#client/node/catalogue-file.ts';
import { UsageError } from '#pipeline/errors.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import { OutputFile } from '#pipeline/store/output-file.ts';
import { outputTarget } from '#pipeline/store/output-target.ts';
import { editCatalogue } from './edit-catalogue.ts';
import type { CatalogueWriter, SystemEdit } from './system-edit.ts';

/**
 * Others see the file before or after an edit, never a part: it is written beside its path, flushed, and renamed. The lock
 * of its folder excludes other writers of this package.
 */
export class JsonWriter implements CatalogueWriter {
  readonly #path: string;
  readonly #onWrite: (content: Buffer) => void;

  /** @param onWrite called with each new content of the file, decompressed */
  constructor(path: string, onWrite: (content: Buffer) => void) {
    this.#path = path;
    this.#onWrite = onWrite;
  }

  async write(edit: SystemEdit): Promise<void> {
    const target = outputTarget('the catalogue', this.#path);
    if (target.kind !== 'file')
      throw new UsageError(`${this.#path} is not a regular file: it cannot be edited`, { file: this.#path });
    const lock = lockFolder(dirname(target.path));
    try {
      const stored = await readCatalogueFile(this.#path);
      const text = this.#textOf(stored.content);
      const content = Buffer.from(editCatalogue(text, this.#path, edit));
      const output = await OutputFile.open(target, this.#path);
      await withCleanUp(
        async () => {
          await output.write(
            (async function* () {
              yield stored.isZipped ? gzipSync(content) : content;
            })(),
          );
          lock.check();
          await output.commit();
        },
        () => output.close(),
      );
      this.#onWrite(content);
    } finally {
      lock.release();
    }
  }

  close(): void {}

  /** A byte order mark stays a part of the text. @throws CorruptError */
  #textOf(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new CorruptError(`${this.#path} is not valid UTF-8: convert it to UTF-8`, {
        ...{ file: this.#path, cause },
      });
    }
  }
}
