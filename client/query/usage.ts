/**
 * Cost of queries: pass one object of zeros to several queries to get their sum. Every read of a file adds 1 to
 * `requests` or to `cacheHits`.
 */
export interface Usage {
  /**
   * Requests to the source: two for a file that was missing or damaged at first. Retries of the source are not
   * counted.
   */
  requests: number;
  /** Bytes from the source, compressed. */
  bytes: number;
  /** Reads that needed no request: the file was in the cache, or another read was fetching it already. */
  cacheHits: number;
  /** Round trips: requests that had to wait for one another. */
  roundTrips: number;
}

/** A usage of zeros. */
export function newUsage(): Usage {
  return { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
}
