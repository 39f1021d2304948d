/** What reads have cost; every read adds 1 to either `requests` or `cacheHits`, unless it is aborted early. */
export interface Usage {
  /**
   * Files asked of the source on behalf of these reads: twice for one that was missing or damaged at first. The
   * source's own retries are not counted.
   */
  requests: number;
  /** Bytes that came from the source, as it gave them. */
  bytes: number;
  /** Reads that took no request of their own: the value was kept, or another read was fetching it already. */
  cacheHits: number;
  /** Requests that had to wait for one another; counted by the query, not here. */
  roundTrips: number;
}

/** A count of costs that begins at nothing. */
export function newUsage(): Usage {
  return { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
}
