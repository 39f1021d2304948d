/** Estimates the cost of a publish to a bucket. */

/** Prices in USD: Amazon S3 Standard, us-east-1, of the public price list in 2025. */
export const PRICES = {
  /** For one request. */
  putOrList: 0.005 / 1000,
  get: 0.0004 / 1000,
  /** For a GB and a month. */
  storage: 0.023,
} as const;

/** Estimated cost in USD. */
export interface PublishCost {
  readonly requests: number;
  /** Storage of the files that are sent, for a month. */
  readonly storagePerMonth: number;
}

export function costOf(
  { put, list, get }: { readonly put: number; readonly list: number; readonly get: number },
  bytes: number,
): PublishCost {
  return {
    requests: (put + list) * PRICES.putOrList + get * PRICES.get,
    storagePerMonth: (bytes / 1e9) * PRICES.storage,
  };
}
