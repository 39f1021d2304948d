/** The search box: names of systems while typing, full search, and values of facets as filters. */
import { isHavenError } from '#client/errors.ts';
import type { FacetValue, FacetValueCount, Tileset, Usage } from '#client/index.ts';
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
const VALUES = 6;

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
  readonly #tileset: Tileset;
  readonly #usage: Usage;
  readonly #facets: FacetCatalogue;
  readonly #actions: SearchActions;
  #suggestions: readonly Suggestion[] = [];
  #active = -1;
  #timer = 0;
  #running: AbortController | undefined;
  /** Whether the list is not yet that of the text. */
  #isPending = false;
  /** Whether Enter was pressed before the list was there: its first suggestion is chosen. */
  #isFirstWanted = false;

  constructor(tileset: Tileset, usage: Usage, facets: FacetCatalogue, actions: SearchActions) {
    this.#tileset = tileset;
    this.#usage = usage;
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
      onblur: () => {
        this.#isFirstWanted = false;
        setTimeout(() => this.#open(false), 150);
      },
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
    this.#isPending = text !== '';
    this.#isFirstWanted = false;
    this.#mark(-1);
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
    const found = await this.#found(text, signal).catch((error: unknown) => error);
    if (signal.aborted) return;
    this.#isPending = false;
    const suggestions = Array.isArray(found) ? (found as Suggestion[]) : [];
    this.#show(suggestions);
    if (suggestions.length > 0) this.#said.textContent = `${suggestions.length} results`;
    else this.#say(found instanceof Error ? found.message : `Nothing has “${text}” in its name or values.`);
    this.#open(document.activeElement === this.#input);
    const first = suggestions[0];
    if (first && this.#isFirstWanted) this.#choose(first.run);
  }

  /** Systems with the text in their names, then values as filters, then systems with such a value. */
  async #found(text: string, signal: AbortSignal): Promise<Suggestion[]> {
    const tileset = this.#tileset;
    const options = { signal, usage: this.#usage };
    try {
      const { systems, values } = await tileset.search(text, { limit: SYSTEMS, ...options });
      const named = systems.filter(({ match }) => match !== 'value');
      const others = systems.filter(({ match }) => match === 'value');
      return [
        ...named.map(system => this.#system(system, system.region)),
        ...values.slice(0, VALUES).map(value => this.#value(value)),
        ...others.map(system => this.#system(system, `${system.field}: ${system.value ?? text}`)),
      ];
    } catch (error) {
      if (!isHavenError(error, 'MissingIndexError')) throw error;
    }
    // A set without a search index has names, and values that begin with the text.
    const names = await tileset.names({ prefix: text, ignoreCase: true, limit: SYSTEMS, ...options });
    const systems = await Promise.all(names.map(name => tileset.system(name, { first: true, ...options })));
    const values = await Promise.all(
      this.#facets.names.map(async field =>
        (await this.#facets.complete(field, text, VALUES, signal)).map(found => ({ field, ...found })),
      ),
    );
    return [
      ...systems.flatMap(system => (system ? [this.#system(system, system.region)] : [])),
      ...values
        .flat()
        .slice(0, VALUES)
        .map(value => this.#value(value)),
    ];
  }

  #system(system: SelectedSystem, note: string): Suggestion {
    return { label: system.name, note, run: () => this.#actions.onSystem(system) };
  }

  #value({ field, value, systems }: FacetValueCount & { readonly field: string }): Suggestion {
    return {
      label: `${field}: ${value}`,
      note: `filter, ${formatCompact(systems)}`,
      run: () => this.#actions.onValue(field, value),
    };
  }

  #show(suggestions: readonly Suggestion[]): void {
    this.#suggestions = suggestions;
    this.#mark(-1);
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

  /** Marks a suggestion, which Enter chooses; -1 marks none. */
  #mark(active: number): void {
    this.#active = active;
    [...this.#list.children].forEach((child, index) => {
      child.setAttribute('aria-selected', String(index === active));
      if (index === active) child.scrollIntoView({ block: 'nearest' });
    });
    if (active < 0) this.#input.removeAttribute('aria-activedescendant');
    else this.#input.setAttribute('aria-activedescendant', `search-result-${active}`);
  }

  #onKey(event: KeyboardEvent): void {
    const { length } = this.#suggestions;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && length > 0) {
      event.preventDefault();
      this.#open(true);
      this.#mark((this.#active + step + length + (this.#active < 0 && step < 0 ? 1 : 0)) % length);
    } else if (event.key === 'Enter') {
      this.#isFirstWanted = this.#isPending && this.#active < 0;
      const chosen = this.#suggestions[Math.max(0, this.#active)];
      if (chosen && !this.#isFirstWanted) this.#choose(chosen.run);
    } else if (event.key === 'Escape') {
      if (this.#list.hidden) this.#input.value = '';
      this.#open(false);
    }
    event.stopPropagation();
  }
}
