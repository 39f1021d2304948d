/** The external sort of systems by keys that begin with texts of the table's own. */
import type { JsonObject, Key, SystemRow } from '../../client/format/index.ts';
import { jsonText } from '../../client/format/json-text.ts';
import { parseJson } from '../../client/format/parse.ts';
import { ExternalSort, type SortRow } from '../sort.ts';

/** A system behind the texts that its key begins with. */
export interface SortedSystem {
  readonly texts: Key;
  readonly system: SystemRow;
  readonly mark: number;
}

/** Sorts by (texts, name, id); rows of one key come once, with the highest of their marks. */
export class SystemSort {
  readonly #sort: ExternalSort;
  readonly #texts: number;

  /**
   * @param path file for what does not fit into memory
   * @param texts how many texts stand before name and id in a key
   */
  constructor(path: string, texts: number) {
    this.#sort = new ExternalSort(path, 4);
    this.#texts = texts;
  }

  add(texts: Key, { id, name, region, x, y, z, fields }: SystemRow, mark = 0): void {
    const rest = fields === undefined ? [region] : [region, jsonText(fields)];
    this.#sort.add([...texts, name, id], [x, y, z, mark], rest);
  }

  /** All rows in order; the sorter is used up. */
  *rows(): Generator<SortedSystem> {
    let last: SortRow | undefined;
    for (const row of this.#sort.rows()) {
      if (last?.key.every((text, i) => text === row.key[i])) {
        if (row.numbers[MARK]! > last.numbers[MARK]!) last = row;
        continue;
      }
      if (last) yield this.#systemOf(last);
      last = row;
    }
    if (last) yield this.#systemOf(last);
  }

  close(): void {
    this.#sort.close();
  }

  #systemOf({ key, numbers, texts }: SortRow): SortedSystem {
    const [x, y, z, mark] = numbers as [number, number, number, number];
    const [region, fields] = texts as [string, string | undefined];
    const system: SystemRow = {
      id: key[this.#texts + 1]!,
      name: key[this.#texts]!,
      x,
      y,
      z,
      region,
      ...(fields !== undefined && { fields: parseJson(fields) as JsonObject }),
    };
    return { texts: key.slice(0, this.#texts), system, mark };
  }
}

/** Place of the mark among the numbers of a row. */
const MARK = 3;
