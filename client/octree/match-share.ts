/**
 * Estimates how many systems of a node match a filter, from the pages and chunks read so far.
 *
 * Before a chunk is read, the nodes of tree pages tell: if a share p of systems matches at random, a node of n systems
 * has a matching one with the probability 1 - exp(-p n). Rows that were read count directly. A node that is known to
 * have a match has p n / (1 - exp(-p n)) of them on average, 1 or more.
 */
export class MatchShare {
  #nodes = 0;
  #possible = 0;
  #systems = 0;
  #rows = 0;
  #matches = 0;

  /** Adds a leaf, or a branch to another page. */
  addNode(systems: number, isPossible: boolean): void {
    this.#nodes++;
    this.#systems += systems;
    if (isPossible) this.#possible++;
  }

  /** Adds rows that were read; `matches` has a bit for each. */
  addRows(rows: number, matches: Uint8Array): void {
    this.#rows += rows;
    for (const byte of matches) for (let bits = byte; bits > 0; bits &= bits - 1) this.#matches++;
  }

  expected(systems: number): number {
    const mean = systems * this.#share();
    return Math.min(systems, mean > 0 ? mean / -Math.expm1(-mean) : 1);
  }

  #share(): number {
    const prior = this.#nodeShare();
    // The nodes weigh as much as rows with one match.
    return (this.#matches + 1) / (this.#rows + 1 / prior);
  }

  #nodeShare(): number {
    if (this.#nodes === 0) return 1;
    // If all nodes have a match, this gives about the lowest share that explains it.
    const without = Math.max(1, this.#nodes - this.#possible) / (this.#nodes + 1);
    return Math.min(1, (-Math.log(without) * this.#nodes) / this.#systems);
  }
}
