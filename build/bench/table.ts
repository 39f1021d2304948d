/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Seconds or milliseconds, with two or three digits. */
export function duration(seconds: number): string {
  return seconds < 1 ? `${threeDigits(1_000 * seconds)} ms` : `${threeDigits(seconds)} s`;
}

/** Bytes in kB, MB or GB, with two or three digits. */
export function size(bytes: number): string {
  const [unit, divisor] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : (['GB', 1e9] as const);
  return `${threeDigits(bytes / divisor)} ${unit}`;
}

function threeDigits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(value >= 10 ? 3 : 2);
}

/** How often values were measured. */
export function roundsText(count: number): string {
  return count === 1 ? 'one round' : `medians of ${count} rounds in turn`;
}
