/** Formats numbers for people. */

/** "1,234". Not by `toLocaleString`, whose rules take 15 ms to load. */
export function integer(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** "1,234 systems", "1 system". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${integer(count)} ${count === 1 ? one : many}`;
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];

/** Bytes in decimal units, to three digits. */
export function size(bytes: number): string {
  let value = bytes;
  let prefix = 0;
  while (value >= 999.5 && prefix < PREFIXES.length - 1) {
    value /= 1000;
    prefix++;
  }
  return `${prefix === 0 ? value : value.toPrecision(3)} ${PREFIXES[prefix]}B`;
}

/** "0.42 s", "12.3 s", "4 min 05 s", "2 h 07 min". */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, '0');
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${pad(rounded % 60)} s`;
  return `${Math.floor(rounded / 3600)} h ${pad(Math.floor((rounded % 3600) / 60))} min`;
}

export function percent(part: number, total: number): string {
  return `${total === 0 ? 0 : Math.floor((100 * part) / total)} %`;
}

/** Aligns rows of cells in columns; `right` lists the columns that are aligned right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map(row =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
