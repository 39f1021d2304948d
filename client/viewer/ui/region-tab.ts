/** The tab of regions: highlights one and flies there. */
import type { RegionRow, Tileset, Usage } from '#client/index.ts';
import { hasValue, toggleValues } from '#client/viewer/data/filters.ts';
import type { MapStore } from '#client/viewer/state.ts';
import { el, fill, icon } from './dom.ts';
import { formatCompact, formatCount } from './format-numbers.ts';
import { ICONS } from './icons.ts';

/** A list of more rows is cut: the box above it finds the others. */
const SHOWN = 200;

export class RegionTab {
  readonly element: HTMLElement;
  readonly #tileset: Tileset;
  readonly #usage: Usage;
  readonly #store: MapStore;
  readonly #onFly: (region: RegionRow) => void;
  readonly #find: HTMLInputElement;
  readonly #list = el('ul', { class: 'rows' });
  readonly #note = el('p', { class: 'note', role: 'status' });
  #regions: readonly RegionRow[] | undefined;
  #isReading = false;

  constructor(tileset: Tileset, usage: Usage, store: MapStore, onFly: (region: RegionRow) => void) {
    this.#tileset = tileset;
    this.#usage = usage;
    this.#store = store;
    this.#onFly = onFly;
    this.#find = el('input', {
      type: 'search',
      placeholder: 'Find a region',
      'aria-label': 'Find a region',
      oninput: () => this.#show(),
    });
    this.element = el('div', {}, this.#find, this.#note, this.#list);
    store.on(['filters'], () => this.#show());
  }

  async open(): Promise<void> {
    if (this.#regions || this.#isReading) return;
    this.#isReading = true;
    this.#note.textContent = 'Reading the regions…';
    try {
      this.#regions = (await this.#tileset.regions({ usage: this.#usage }).toArray()).sort(
        (a, b) => b.systems - a.systems,
      );
      this.#show();
    } catch (error) {
      this.#note.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.#isReading = false;
    }
  }

  #show(): void {
    const regions = this.#regions;
    if (!regions) return;
    const text = this.#find.value.trim().toLowerCase();
    const found = regions.filter(({ region }) => region.toLowerCase().includes(text));
    const cut = found.length > SHOWN ? `, the largest ${SHOWN} here` : '';
    this.#note.textContent = `${formatCount(found.length)} ${found.length === 1 ? 'region' : 'regions'}${cut}`;
    fill(this.#list, ...found.slice(0, SHOWN).map(row => el('li', {}, ...this.#row(row))));
  }

  #row(row: RegionRow): HTMLElement[] {
    const { region, systems } = row;
    const canFilter = this.#tileset.options.facets.some(({ field }) => field === 'region');
    const { filters } = this.#store.state;
    const isOn = hasValue(filters, 'region', region);
    const fly = el(
      'button',
      { type: 'button', class: 'plain', 'aria-label': `Fly to ${region}`, onclick: () => this.#onFly(row) },
      icon(ICONS.fly),
    );
    const content = [
      el('span', { class: 'label' }, region || '(no region)'),
      el('span', { class: 'count' }, formatCompact(systems)),
    ];
    if (!canFilter)
      return [el('button', { type: 'button', class: 'row', onclick: () => this.#onFly(row) }, ...content)];
    const highlight = () => {
      // One region at a time; pressed again, none.
      const rest = new Map([...filters].filter(([field]) => field !== 'region'));
      this.#store.set({ filters: isOn ? rest : toggleValues(rest, 'region', [region]) });
      if (!isOn) this.#onFly(row);
    };
    return [
      el(
        'button',
        { type: 'button', class: 'row', 'aria-pressed': String(isOn), onclick: highlight },
        ...content,
      ),
      fly,
    ];
  }
}
