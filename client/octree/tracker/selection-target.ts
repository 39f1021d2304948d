import type { KnownTree, ShowableFile } from './known-tree.ts';

/** Limits of a selection: rows shown, and memory of their pieces in bytes. */
export interface Budget {
  readonly rows: number;
  readonly bytes: number;
}

/** The state in which all files that a selection wants are there: its rows and files stay within a budget. */
export class SelectionTarget {
  readonly #tree: KnownTree;
  readonly #budget: Budget;
  #rows = 0;
  #bytes = 0;
  /** Keys of the files. */
  readonly files = new Set<string>();
  /** True if something did not fit. */
  isLimited = false;

  constructor(tree: KnownTree, budget: Budget) {
    this.#tree = tree;
    this.#budget = budget;
  }

  /**
   * Adds files and rows, if there is room for them.
   * @param rows number of rows, less those that they replace
   */
  add(files: readonly ShowableFile[], rows: number): boolean {
    const others = files.filter(({ key }) => !this.files.has(key));
    const bytes = others.reduce((sum, file) => sum + this.#tree.sizeOf(file).bytes, 0);
    if (this.#rows + rows > this.#budget.rows || this.#bytes + bytes > this.#budget.bytes) {
      this.isLimited = true;
      return false;
    }
    this.#rows += rows;
    this.#bytes += bytes;
    for (const { key } of others) this.files.add(key);
    return true;
  }
}
