/** The tab of filters: the values of each facet with their numbers of systems. */
import type { FacetInfo, FacetValueCount } from '#client/index.ts';
import type { FacetCatalogue } from '#client/viewer/data/facet-catalogue.ts';
import {
  boundsIn,
  filterParts,
  hasExcluded,
  hasValue,
  NO_FILTERS,
  toggleExcluded,
  toggleValues,
  withChoice,
} from '#client/viewer/data/filters.ts';
import type { MapStore } from '#client/viewer/state.ts';
import { el, fill, icon } from './dom.ts';
import { formatCompact, formatCount } from './format-numbers.ts';
import { ICONS } from './icons.ts';

const SHOWN = 12;

export class FilterTab {
  readonly element: HTMLElement;
  /** The filters in force, for removal. */
  readonly chips = el('ul', { class: 'chips', 'aria-label': 'Filters in force' });
  readonly #store: MapStore;
  readonly #facets: FacetCatalogue;
  readonly #fields = el('div', {});
  readonly #others: HTMLInputElement;
  #isRead = false;

  constructor(store: MapStore, facets: FacetCatalogue) {
    this.#store = store;
    this.#facets = facets;
    this.#others = el('input', {
      type: 'checkbox',
      onchange: () => store.set({ showsOthers: this.#others.checked }),
    });
    this.element = el(
      'div',
      {},
      el('label', { class: 'check' }, this.#others, 'Keep other systems in grey'),
      this.#fields,
    );
    store.on(['filters', 'showsOthers'], () => this.#showState());
    this.#showState();
  }

  /** Reads the facets when the tab is first shown. */
  async open(): Promise<void> {
    if (this.#isRead) return;
    this.#isRead = true;
    fill(this.#fields, el('p', { class: 'note' }, 'Reading the fields…'));
    try {
      const facets = await this.#facets.list();
      fill(this.#fields, ...facets.map(facet => this.#field(facet)));
    } catch (error) {
      this.#isRead = false;
      showFailure(this.#fields, error);
    }
  }

  #field({ field, values }: FacetInfo): HTMLElement {
    const body = el('div', { class: 'facet-body' });
    let isRead = false;
    return el(
      'details',
      {
        class: 'facet',
        ontoggle: () => {
          if (isRead) return;
          isRead = true;
          this.#readField(field, values, body).catch(error => {
            // Opened again, it is read again.
            isRead = false;
            showFailure(body, error);
          });
        },
      },
      el(
        'summary',
        {},
        el('span', { class: 'label' }, field),
        el('span', { class: 'count' }, formatCompact(values)),
      ),
      body,
    );
  }

  async #readField(field: string, count: number, body: HTMLElement): Promise<void> {
    const values = await this.#facets.values(field);
    if (values?.length && values.every(({ value }) => typeof value === 'number') && values.length > SHOWN) {
      fill(body, this.#bounds(field, values));
      return;
    }
    const list = el('ul', { class: 'values', 'data-field': field });
    const show = (shown: readonly FacetValueCount[], more: number) => {
      fill(list, ...shown.map(value => this.#value(field, value)));
      if (more > 0) list.append(el('li', { class: 'note' }, `${formatCount(more)} more: type to find them`));
      this.#showState();
    };
    const frequent = values?.toSorted((a, b) => b.systems - a.systems).slice(0, SHOWN);
    const first = frequent ?? (await this.#facets.complete(field, '', SHOWN));
    const find = el('input', {
      type: 'search',
      placeholder: `Find in ${field}`,
      'aria-label': `Find a value of ${field}`,
      oninput: async () => {
        const prefix = find.value.trim();
        try {
          const found = prefix === '' ? first : await this.#facets.complete(field, prefix, SHOWN);
          if (find.value.trim() === prefix) show(found, prefix === '' ? count - first.length : 0);
        } catch (error) {
          if (find.value.trim() === prefix) showFailure(list, error);
        }
      },
    });
    fill(body, count > SHOWN && find, list);
    show(first, count - first.length);
  }

  /** A value that can be chosen or excluded. */
  #value(field: string, { value, systems }: FacetValueCount): HTMLElement {
    const box = el('input', {
      type: 'checkbox',
      onchange: () => this.#store.set({ filters: toggleValues(this.#store.state.filters, field, [value]) }),
    });
    const label = String(value) || '(empty)';
    const exclude = el(
      'button',
      {
        type: 'button',
        class: 'plain exclude',
        title: 'Only systems without it',
        'aria-label': `Exclude ${label}`,
        onclick: () => this.#store.set({ filters: toggleExcluded(this.#store.state.filters, field, value) }),
      },
      icon(ICONS.exclude),
    );
    valuesOfElements.set(box, { field, value });
    valuesOfElements.set(exclude, { field, value });
    return el(
      'li',
      {},
      el(
        'label',
        { class: 'row' },
        box,
        el('span', { class: 'label' }, label),
        el('span', { class: 'count' }, formatCompact(systems)),
      ),
      exclude,
    );
  }

  #bounds(field: string, values: readonly FacetValueCount[]): HTMLElement {
    const numbers = values.map(({ value }) => Number(value));
    const input = (label: string, placeholder: number) =>
      el('input', {
        type: 'number',
        step: 'any',
        placeholder,
        'aria-label': `${label} ${field}`,
        onchange: apply,
      });
    const apply = () => {
      const [from, to] = [low, high].map(bound => (bound.value === '' ? undefined : Number(bound.value)));
      this.#store.set({ filters: withChoice(this.#store.state.filters, field, { from, to }) });
    };
    const low = input('Lowest', Math.min(...numbers));
    const high = input('Below', Math.max(...numbers));
    const showBounds = () => {
      const { from, to } = boundsIn(this.#store.state.filters, field);
      [low.value, high.value] = [String(from ?? ''), String(to ?? '')];
    };
    this.#store.on(['filters'], showBounds);
    showBounds();
    return el('div', { class: 'bounds' }, low, el('span', {}, 'to below'), high);
  }

  #showState(): void {
    const { filters, showsOthers } = this.#store.state;
    this.#others.checked = showsOthers;
    for (const box of this.#fields.querySelectorAll<HTMLInputElement>('input[type=checkbox]')) {
      const held = valuesOfElements.get(box);
      if (held) box.checked = hasValue(filters, held.field, held.value);
    }
    for (const button of this.#fields.querySelectorAll('button.exclude')) {
      const { field, value } = valuesOfElements.get(button)!;
      button.setAttribute('aria-pressed', String(hasExcluded(filters, field, value)));
    }
    const removal = (label: string, name: string, run: () => void) =>
      el(
        'li',
        {},
        el(
          'button',
          { type: 'button', class: 'chip', 'aria-label': name, title: label, onclick: run },
          el('span', { class: 'label' }, label),
          icon(ICONS.close),
        ),
      );
    const parts = filterParts(filters);
    fill(
      this.chips,
      ...parts.map(({ label, rest }) =>
        removal(label, `Remove the filter ${label}`, () => this.#store.set({ filters: rest })),
      ),
      parts.length > 1 &&
        removal('Clear all', 'Remove all filters', () => this.#store.set({ filters: NO_FILTERS })),
    );
  }
}

function showFailure(element: HTMLElement, error: unknown): void {
  const note = element instanceof HTMLUListElement ? 'li' : 'p';
  fill(element, el(note, { class: 'note' }, error instanceof Error ? error.message : String(error)));
}

const valuesOfElements = new WeakMap<Element, { field: string; value: FacetValueCount['value'] }>();
