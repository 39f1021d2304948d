/** The tab of nearby systems: the nearest to the selected system, or to the centre of the view, that pass the filters. */
import type { SphereRow, Tileset, Usage } from '#client/index.ts';
import { whereOf } from '#client/viewer/data/filters.ts';
import type { Point } from '#client/viewer/scene/rig.ts';
import type { MapStore, SelectedSystem } from '#client/viewer/state.ts';
import { el, fill } from './dom.ts';
import { formatLength } from './format-numbers.ts';

const COUNT = 40;

export interface NearbyOptions {
  readonly tileset: Tileset;
  readonly usage: Usage;
  readonly store: MapStore;
  readonly unit: () => string | undefined;
  /** The centre of the view. */
  readonly centre: () => Point;
  readonly onSystem: (system: SelectedSystem) => void;
}

export class NearbyTab {
  readonly element: HTMLElement;
  readonly #options: NearbyOptions;
  readonly #title = el('p', { class: 'note', role: 'status' });
  readonly #list = el('ol', { class: 'rows' });
  #isOpen = false;
  #running: AbortController | undefined;

  constructor(options: NearbyOptions) {
    this.#options = options;
    this.element = el('div', {}, this.#title, this.#list);
    options.store.on(['selected', 'filters'], () => this.refresh());
  }

  open(): void {
    this.#isOpen = true;
    this.refresh();
  }

  /** Reads the list again, if it was ever shown. */
  refresh(): void {
    if (this.#isOpen && !this.element.closest('[hidden]')) void this.#read();
  }

  async #read(): Promise<void> {
    const { store, tileset, usage, centre, unit, onSystem } = this.#options;
    const { selected, filters } = store.state;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const around = selected ? selected.name : 'the centre of the view';
    this.#title.textContent = `Nearest to ${around}…`;
    const where = whereOf(filters);
    try {
      const rows = await tileset
        .nearest({
          center: selected ? [selected.x, selected.y, selected.z] : centre(),
          count: COUNT + 1,
          ...(where && { where }),
          signal: running.signal,
          usage,
        })
        .toArray();
      const others = rows.filter(({ id }) => id !== selected?.id).slice(0, COUNT);
      const filtered = where ? ' that pass the filters' : '';
      this.#title.textContent =
        others.length > 0 ? `Nearest to ${around}${filtered}` : `No other systems${filtered}`;
      // The centre of the view is not exact.
      const least = (others.at(-1)?.distance ?? 0) * 1e-9;
      fill(this.#list, ...others.map(row => el('li', {}, nearbyRow(row, least, unit(), onSystem))));
    } catch (error) {
      if (!running.signal.aborted)
        this.#title.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

function nearbyRow(
  row: SphereRow,
  least: number,
  unit: string | undefined,
  onSystem: (system: SelectedSystem) => void,
): HTMLElement {
  return el(
    'button',
    { type: 'button', class: 'row', onclick: () => onSystem(row) },
    el('span', { class: 'label' }, row.name, el('small', {}, row.region)),
    el('span', { class: 'count' }, formatLength(row.distance < least ? 0 : row.distance, unit)),
  );
}
