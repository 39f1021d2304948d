/** Constants of the format; studies try other values. */
export interface FormatConstants {
  /**
   * Sibling leaves share a chunk while their systems are at most this multiple of the chunk limit: 1, or 0 for never.
   */
  readonly grouping: 0 | 1;
  /** A page of the lowest level has fewer entries than this. */
  readonly pageEntries: number;
  /** A smaller subtree stays in its parent's page. */
  readonly leastPage: number;
  /** Maximum number of nodes of a page. */
  readonly pageNodes: number;
}

/** The values of FORMAT.md. */
export const FORMAT_CONSTANTS: FormatConstants = {
  ...{ grouping: 1, pageEntries: 256, leastPage: 16, pageNodes: 288 },
};
