/** The line below the map: scale, coordinates, and a live meter of requests, bytes, cache and points. */
import type { Usage } from '#client/index.ts';
import type { View } from '#client/viewer/scene/view.ts';
import { el, fill } from './dom.ts';
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
    this.#length.textContent = formatLength(length, this.#unit());
    this.#place.textContent = view.target
      .toArray()
      .map(value => formatCoordinate(value, view.distance))
      .join(', ');
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
    fill(
      this.#meter,
      part('points', `${formatCompact(points)} / ${formatCompact(systems)}`, 'systems'),
      part('requests', formatCount(usage.requests), usage.requests === 1 ? 'request' : 'requests'),
      part('bytes', formatBytes(usage.bytes), ''),
      part('cached', formatCompact(usage.cacheHits), 'cached'),
    );
  }
}

function part(name: string, value: string, label: string): HTMLElement {
  return el('span', { class: `part ${name}` }, el('b', {}, value), label && ` ${label}`);
}
