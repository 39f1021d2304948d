/** Numbers as the page shows them. */

const LARGE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
/** By the number of decimals: to create one takes longer than to use it a hundred times. */
const DECIMAL = Array.from(
  { length: 7 },
  (_, decimals) => new Intl.NumberFormat('en', { maximumFractionDigits: decimals }),
);
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A count with separators. */
export function formatCount(count: number): string {
  return LARGE.format(count);
}

/** A count in few characters: 124.6K. */
export function formatCompact(count: number): string {
  return COMPACT.format(count);
}

/** A length with about three digits. */
export function formatLength(length: number, unit: string | undefined): string {
  const size = Math.abs(length);
  let text: string;
  if (size >= 1e9 || (size > 0 && size < 1e-3)) text = length.toExponential(2);
  else if (size >= 1000) text = LARGE.format(length);
  else text = String(Number(length.toPrecision(size >= 100 ? 4 : 3)));
  return unit ? `${text} ${unit}` : text;
}

/** A coordinate with the digits that matter at a scale. */
export function formatCoordinate(value: number, scale: number): string {
  const decimals = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.max(scale, 1e-9)))));
  if (Math.abs(value) >= 1e12) return value.toExponential(3);
  // Rounded, and 0 instead of -0.
  return DECIMAL[decimals]!.format(Number(value.toFixed(decimals)) + 0);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The largest of 1, 2, 5 times a power of ten that is not above a number. */
export function niceStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const digit = most / power;
  return (digit >= 5 ? 5 : digit >= 2 ? 2 : 1) * power;
}
