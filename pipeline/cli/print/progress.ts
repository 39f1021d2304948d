import type { Terminal } from '#pipeline/cli/command.ts';
import { counted, duration, integer, percent, size } from './units.ts';

const REDRAW_MS = 100;

/** One line on a terminal that is redrawn at most ten times a second; prints nothing elsewhere. */
export class Progress {
  readonly #stream: Terminal;
  readonly #active: boolean;
  #phase = '';
  #phaseStarted = 0;
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(stream: Terminal, wanted: boolean) {
    this.#stream = stream;
    this.#active = wanted && stream.isTTY === true;
  }

  /** Records and bytes read of an input. */
  reading(records: number, bytes: number, total: number | undefined): void {
    this.#draw('reading', seconds => [
      counted(records, 'record'),
      `${integer(Math.round(records / seconds))}/s`,
      `${size(bytes / seconds)}/s`,
      ...rest(bytes, total, seconds),
    ]);
  }

  /** Systems done so far, and their total. */
  systems(phase: string, done: number, total: number): void {
    this.#draw(phase, seconds => [
      counted(done, 'system'),
      `${integer(Math.round(done / seconds))}/s`,
      ...rest(done, total, seconds),
    ]);
  }

  /** Files and bytes sent, and the total of the bytes. */
  sending(files: number, bytes: number, total: number): void {
    this.#draw('sending', seconds => [
      counted(files, 'file'),
      `${size(bytes / seconds)}/s`,
      ...rest(bytes, total, seconds),
    ]);
  }

  /** Edits of a set that were read. */
  edits(edits: number): void {
    this.#draw('reading', seconds => [counted(edits, 'edit'), `${integer(Math.round(edits / seconds))}/s`]);
  }

  /** Rows of tables written. */
  indexing(rows: number): void {
    this.#draw('indexing', seconds => [counted(rows, 'row'), `${integer(Math.round(rows / seconds))}/s`]);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write('\r\x1b[K');
    this.#drawn = Number.NEGATIVE_INFINITY;
  }

  #draw(phase: string, parts: (seconds: number) => string[]): void {
    if (!this.#active) return;
    const now = performance.now();
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#phaseStarted = now;
    } else if (now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    const seconds = Math.max(0.001, (now - this.#phaseStarted) / 1000);
    const line = [phase, ...parts(seconds)].join('  ').slice(0, (this.#stream.columns || 80) - 1);
    this.#stream.write(`\r${line}\x1b[K`);
  }
}

/** Percentage done, and the remaining time at the same speed. */
function rest(done: number, total: number | undefined, seconds: number): string[] {
  if (!total) return [];
  const left = done > 0 && seconds > 1 ? [`${duration((seconds * (total - done)) / done)} left`] : [];
  return [percent(done, total), ...left];
}
