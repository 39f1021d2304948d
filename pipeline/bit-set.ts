/** A set of whole numbers, a bit each: of all numbers up to a billion it takes 125 MB at the most. */
export class BitSet {
  #words = new Uint32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(number: number): void {
    const word = Math.floor(number / 32);
    if (word >= this.#words.length) {
      const words = new Uint32Array(Math.max(word + 1, 2 * this.#words.length));
      words.set(this.#words);
      this.#words = words;
    }
    if (!this.has(number)) this.#size++;
    this.#words[word]! |= 1 << (number % 32);
  }

  has(number: number): boolean {
    return ((this.#words[Math.floor(number / 32)] ?? 0) & (1 << (number % 32))) !== 0;
  }
}
