/** The search box: names of systems while typing, full search, and values of facets as filters. */
import { isHavenError } from '#client/errors.ts';
import type { FacetValue, SearchHit, Tileset } from '#client/index.ts';
import type { FacetCatalogue } from '#client/viewer/data/facet-catalogue.ts';
import type { SelectedSystem } from '#client/viewer/state.ts';
import { el, fill, icon } from './dom.ts';
import { formatCompact } from './format-numbers.ts';
import { ICONS } from './icons.ts';

export interface SearchActions {
  /** Shows a system. */
  readonly onSystem: (system: SelectedSystem) => void;
  /** Filters by a value of a facet. */
  readonly onValue: (field: string, value: FacetValue) => void;
}

interface Suggestion {
  readonly label: string;
  readonly note: string;
  readonly run: () => void;
}

/** Milliseconds after the last key. */
const PAUSE = 140;
const SYSTEMS = 8;
const VALUES = 3;

export class SearchBox {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #list = el('ul', {
    id: 'search-results',
    role: 'listbox',
    'aria-label': 'Search results',
    hidden: true,
  });
  readonly #said = el('p', { class: 'sr-only', role: 'status' });
  readonly #tileset: () => Tileset;
  readonly #facets: FacetCatalogue;
  readonly #actions: SearchActions;
  #suggestions: readonly Suggestion[] = [];
  #active = -1;
  #timer = 0;
  #running: AbortController | undefined;

  constructor(tileset: () => Tileset, facets: FacetCatalogue, actions: SearchActions) {
    this.#tileset = tileset;
    this.#facets = facets;
    this.#actions = actions;
    this.#input = el('input', {
      id: 'search',
      type: 'search',
      role: 'combobox',
      placeholder: 'Search systems, regions, materials…',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': 'Search',
      'aria-expanded': 'false',
      'aria-controls': 'search-results',
      'aria-autocomplete': 'list',
      oninput: () => this.#schedule(),
      onkeydown: event => this.#onKey(event as KeyboardEvent),
      onfocus: () => this.#suggestions.length > 0 && this.#open(true),
      onblur: () => setTimeout(() => this.#open(false), 150),
    });
    this.element = el(
      'div',
      { class: 'search card', role: 'search' },
      icon(ICONS.search),
      this.#input,
      this.#list,
      this.#said,
    );
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    const text = this.#input.value.trim();
    if (text === '') {
      this.#show([]);
      this.#open(false);
      return;
    }
    this.#timer = window.setTimeout(() => void this.#search(text), PAUSE);
  }

  async #search(text: string): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    const { signal } = running;
    const [values, systems] = await Promise.allSettled([
      this.#values(text, signal),
      this.#systems(text, signal),
    ]);
    if (signal.aborted) return;
    const found = [systems, values].flatMap(result => (result.status === 'fulfilled' ? result.value : []));
    const failure = [systems, values].find(result => result.status === 'rejected');
    this.#show(found);
    if (found.length === 0) {
      const reason: unknown = failure?.reason;
      this.#say(reason instanceof Error ? reason.message : `Nothing has “${text}” in its name or values.`);
    } else this.#said.textContent = `${found.length} results`;
    this.#open(true);
  }

  async #systems(text: string, signal: AbortSignal): Promise<Suggestion[]> {
    const tileset = this.#tileset();
    let rows: readonly (SelectedSystem & Partial<Pick<SearchHit, 'field'>>)[];
    try {
      rows = (await tileset.search(text, { limit: SYSTEMS, signal })).systems;
    } catch (error) {
      if (!isHavenError(error, 'MissingIndexError')) throw error;
      // A set without a search index has names.
      const names = await tileset.names({ prefix: text, ignoreCase: true, limit: SYSTEMS, signal });
      rows = (await Promise.all(names.map(name => tileset.system(name, { first: true, signal })))).filter(
        system => system !== undefined,
      );
    }
    return rows.map(system => ({
      label: system.name,
      note: system.field === undefined ? system.region : `in ${system.field}`,
      run: () => this.#actions.onSystem(system),
    }));
  }

  async #values(text: string, signal: AbortSignal): Promise<Suggestion[]> {
    const found = await Promise.all(
      this.#facets.names.map(async field => {
        const values = await this.#facets.complete(field, text, VALUES, signal);
        return values.map(({ value, systems }) => ({
          label: `${field}: ${value}`,
          note: `filter, ${formatCompact(systems)}`,
          run: () => this.#actions.onValue(field, value),
        }));
      }),
    );
    return found.flat().slice(0, 6);
  }

  #show(suggestions: readonly Suggestion[]): void {
    this.#suggestions = suggestions;
    this.#active = -1;
    this.#input.removeAttribute('aria-activedescendant');
    fill(
      this.#list,
      ...suggestions.map(({ label, note, run }, index) =>
        el(
          'li',
          {
            id: `search-result-${index}`,
            role: 'option',
            'aria-selected': 'false',
            // Before the input loses the focus.
            onmousedown: event => event.preventDefault(),
            onclick: () => this.#choose(run),
          },
          el('span', { class: 'label' }, label),
          el('span', { class: 'note' }, note),
        ),
      ),
    );
  }

  #say(text: string): void {
    fill(
      this.#list,
      el('li', { class: 'empty', role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' }, text),
    );
    this.#said.textContent = text;
  }

  #open(isOpen: boolean): void {
    const isShown = isOpen && this.#list.childElementCount > 0;
    this.#list.hidden = !isShown;
    this.#input.setAttribute('aria-expanded', String(isShown));
  }

  #choose(run: () => void): void {
    this.#open(false);
    this.#input.blur();
    run();
  }

  #onKey(event: KeyboardEvent): void {
    const { length } = this.#suggestions;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && length > 0) {
      event.preventDefault();
      this.#open(true);
      this.#active = (this.#active + step + length + (this.#active < 0 && step < 0 ? 1 : 0)) % length;
      [...this.#list.children].forEach((child, index) => {
        child.setAttribute('aria-selected', String(index === this.#active));
        if (index === this.#active) child.scrollIntoView({ block: 'nearest' });
      });
      this.#input.setAttribute('aria-activedescendant', `search-result-${this.#active}`);
    } else if (event.key === 'Enter') {
      const chosen = this.#suggestions[Math.max(0, this.#active)];
      if (chosen) this.#choose(chosen.run);
    } else if (event.key === 'Escape') {
      if (this.#list.hidden) this.#input.value = '';
      this.#open(false);
    }
    event.stopPropagation();
  }
}
