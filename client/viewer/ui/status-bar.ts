/** The line below the map: scale, coordinates, and a live meter of requests, bytes, cache and points. */
import type { Usage } from '#client/index.ts';
import type { View } from '#client/viewer/scene/view.ts';
import { el } from './dom.ts';
import {
  formatBytes,
  formatCompact,
  formatCoordinate,
  formatCount,
  formatLength,
  niceStep,
} from './format-numbers.ts';

/** Longest scale bar in pixels. */
const LONGEST = 150;

export interface MeterReading {
  readonly usage: Usage;
  readonly points: number;
  readonly systems: number;
  readonly isLoading: boolean;
  /** Whether a limit keeps the view from being finer. */
  readonly isLimited: boolean;
}

export class StatusBar {
  readonly element: HTMLElement;
  readonly #unit: () => string | undefined;
  readonly #bar = el('span', { class: 'bar' });
  readonly #length = el('span', {});
  readonly #place = el('span', { class: 'code place', title: 'Centre of the view' });
  readonly #offline = el(
    'span',
    { class: 'offline', hidden: true, title: 'The parts that you have seen open without a network' },
    'works offline',
  );
  readonly #meter = el('span', { class: 'meter' });
  readonly #points = part(this.#meter, 'points');
  readonly #requests = part(this.#meter, 'requests');
  readonly #bytes = part(this.#meter, 'bytes');
  readonly #cached = part(this.#meter, 'cached');

  constructor(unit: () => string | undefined) {
    this.#unit = unit;
    this.element = el(
      'footer',
      { class: 'status-bar', 'aria-label': 'Scale and traffic' },
      el(
        'span',
        { class: 'scale', title: 'At the distance of the centre of the view' },
        this.#bar,
        this.#length,
      ),
      this.#place,
      this.#offline,
      this.#meter,
    );
  }

  showView(view: View): void {
    const perPixel = view.distance / view.pixels;
    const length = niceStep(LONGEST * perPixel);
    this.#bar.style.width = `${(length / perPixel).toFixed(1)}px`;
    setText(this.#length, formatLength(length, this.#unit()));
    const place = view.target.toArray().map(value => formatCoordinate(value, view.distance));
    setText(this.#place, place.join(', '));
  }

  showOffline(): void {
    this.#offline.hidden = false;
  }

  showMeter({ usage, points, systems, isLoading, isLimited }: MeterReading): void {
    this.#meter.classList.toggle('loading', isLoading);
    this.#meter.title = [
      `${formatCount(points)} of ${formatCount(systems)} systems drawn`,
      `${formatCount(usage.requests)} requests, ${formatBytes(usage.bytes)} compressed`,
      `${formatCount(usage.cacheHits)} reads from the cache`,
      ...(isLimited ? ['The number of points is at its limit'] : []),
    ].join('\n');
    this.#points(`${formatCompact(points)} / ${formatCompact(systems)}`, 'systems');
    this.#requests(formatCount(usage.requests), usage.requests === 1 ? 'request' : 'requests');
    this.#bytes(formatBytes(usage.bytes), '');
    this.#cached(formatCompact(usage.cacheHits), 'cached');
  }
}

/** Adds a part to the meter, and returns a function that sets its value and its label. */
function part(meter: HTMLElement, name: string): (value: string, label: string) => void {
  const [shown, unit] = [el('b', {}), el('span', {})];
  meter.append(el('span', { class: `part ${name}` }, shown, ' ', unit));
  return (value, label) => {
    setText(shown, value);
    setText(unit, label);
  };
}

/** Sets a text if it is another one: the browser lays the page out again for each text that is set. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
