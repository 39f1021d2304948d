/** The tab of colours: the field that colours the systems, and a legend whose entries are filters. */
import type { ColourScheme, LegendEntry } from '#client/viewer/data/colour-scheme.ts';
import {
  type FacetBounds,
  type FacetChoice,
  hasChoice,
  toggleValues,
  withChoice,
} from '#client/viewer/data/filters.ts';
import type { MapStore } from '#client/viewer/state.ts';
import { el, fill } from './dom.ts';
import { formatCompact, formatCount } from './format-numbers.ts';

export class Legend {
  readonly element: HTMLElement;
  readonly #store: MapStore;
  readonly #select: HTMLSelectElement;
  readonly #list = el('ul', { class: 'legend' });
  readonly #note = el('p', { class: 'note' });
  #scheme: ColourScheme | undefined;

  constructor(store: MapStore, fields: readonly string[]) {
    this.#store = store;
    this.#select = el('select', {
      id: 'colour-field',
      onchange: () => store.set({ colour: this.#select.value }),
    });
    fill(this.#select, ...fields.map(field => el('option', { value: field }, field)));
    this.element = el(
      'div',
      {},
      el('label', { class: 'field', for: 'colour-field' }, el('span', {}, 'Colour by'), this.#select),
      this.#list,
      this.#note,
    );
    store.on(['filters'], () => this.#showPressed());
  }

  show(scheme: ColourScheme): void {
    this.#scheme = scheme;
    this.#select.value = scheme.field;
    fill(this.#list, ...scheme.entries.map((entry, index) => el('li', {}, this.#entry(entry, index))));
    const canFilter = scheme.entries.some(({ choice }) => choice);
    const others =
      scheme.others > 0 ? `${formatCount(scheme.others)} other values have shades of their own. ` : '';
    const hint = canFilter ? 'Press an entry to show only its systems.' : '';
    const isListed = scheme.entries.length > 0;
    this.#note.textContent = isListed ? others + hint : 'No list of the values: each has a shade of its own.';
    this.#showPressed();
  }

  #entry({ label, colour, systems, choice }: LegendEntry, index: number): HTMLElement {
    const swatch = el('span', { class: 'swatch' });
    swatch.style.setProperty('--colour', colour);
    const content = [
      swatch,
      el('span', { class: 'label' }, label),
      systems !== undefined &&
        el('span', { class: 'count', title: `${formatCount(systems)} systems` }, formatCompact(systems)),
    ];
    if (!choice) return el('span', { class: 'row' }, ...content);
    return el(
      'button',
      {
        type: 'button',
        class: 'row',
        'aria-pressed': 'false',
        'data-entry': index,
        onclick: () => this.#toggle(choice),
      },
      ...content,
    );
  }

  #toggle(choice: FacetChoice): void {
    const { filters } = this.#store.state;
    const { field } = this.#scheme!;
    if ('values' in choice) {
      this.#store.set({ filters: toggleValues(filters, field, choice.values) });
      return;
    }
    const changed = this.#isPressed(choice) ? undefined : joined(filters.get(field), choice);
    this.#store.set({ filters: withChoice(filters, field, changed) });
  }

  #showPressed(): void {
    for (const button of this.#list.querySelectorAll('button')) {
      const { choice } = this.#scheme!.entries[Number(button.dataset['entry'])]!;
      button.setAttribute('aria-pressed', String(this.#isPressed(choice!)));
    }
  }

  #isPressed(choice: FacetChoice): boolean {
    return hasChoice(this.#store.state.filters, this.#scheme!.field, choice);
  }
}

/** Bounds that touch are joined; others are replaced. */
function joined(held: FacetChoice | undefined, { from, to }: FacetBounds): FacetChoice {
  if (!held || 'values' in held) return { from, to };
  if (held.to !== undefined && held.to === from) return { from: held.from, to };
  if (held.from !== undefined && held.from === to) return { from, to: held.to };
  return { from, to };
}
