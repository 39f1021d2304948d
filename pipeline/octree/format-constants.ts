/** Constants of the format; studies try other values. */
export interface FormatConstants {
  /**
   * Sibling leaves share a chunk while their systems are at most this multiple of the chunk limit: 1, or 0 for never.
   */
  readonly grouping: 0 | 1;
  /** A rank of the tree is a power of this many entries; it is also about how many entries a page has. */
  readonly pageEntries: number;
  /** A smaller subtree stays in its parent's page. */
  readonly leastPage: number;
}

/** The values of FORMAT.md. */
export const FORMAT_CONSTANTS: FormatConstants = { grouping: 1, pageEntries: 256, leastPage: 16 };
