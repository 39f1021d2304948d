/** Edits systems of a chunk set in a folder: each edit makes the next generation. */
import type { Tileset } from '#client/index.ts';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type System } from '#format/system.ts';
import { updateTileset } from '#pipeline/update/update-tileset.ts';
import type { CatalogueWriter, SystemEdit } from './system-edit.ts';

export class TilesetWriter implements CatalogueWriter {
  readonly #folder: string;
  #tileset: Tileset;

  constructor(folder: string, tileset: Tileset) {
    this.#folder = folder;
    this.#tileset = tileset;
  }

  /** The set after the last edit. */
  get tileset(): Tileset {
    return this.#tileset;
  }

  async write({ id, apply, edit }: SystemEdit): Promise<void> {
    // Another process may have made a generation.
    this.#tileset = await this.#tileset.refresh();
    // Errors name the field and the id; the update checks again, while others cannot write.
    apply(await this.#systemOf(id));
    await updateTileset(this.#folder, { edits: [edit] }, { strict: true });
    this.#tileset = await this.#tileset.refresh();
  }

  close(): void {}

  async #systemOf(id: string): Promise<System | undefined> {
    const found = await this.#tileset.systemById(id);
    if (!found) return undefined;
    const { name, region, x, y, z, record } = found;
    const derived =
      (record['id'] === id ? 0 : DERIVED_ID) |
      (record['name'] === name ? 0 : DERIVED_NAME) |
      (record['region'] === region ? 0 : DERIVED_REGION);
    return { id, name, region, x, y, z, derived, fields: record };
  }
}
