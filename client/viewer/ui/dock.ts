/** The tabs: colours, filters, regions, nearby. Beside the map on a wide screen, a sheet over it on a phone. */
import { el, icon } from './dom.ts';
import type { ICONS } from './icons.ts';

export interface DockTab {
  readonly name: string;
  readonly label: string;
  readonly icon: (typeof ICONS)[keyof typeof ICONS];
  readonly element: HTMLElement;
  /** Called when the tab comes into sight. */
  readonly onShow?: () => void;
}

export class Dock {
  readonly element: HTMLElement;
  readonly #tabs: readonly DockTab[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #panels: readonly HTMLElement[];
  #open = -1;

  constructor(tabs: readonly DockTab[]) {
    this.#tabs = tabs;
    this.#buttons = tabs.map((tab, index) =>
      el(
        'button',
        {
          type: 'button',
          id: `tab-${tab.name}`,
          'aria-expanded': 'false',
          'aria-controls': `panel-${tab.name}`,
          onclick: () => this.show(this.#open === index ? -1 : index),
        },
        icon(tab.icon),
        el('span', {}, tab.label),
      ),
    );
    this.#panels = tabs.map(tab =>
      el(
        'section',
        {
          id: `panel-${tab.name}`,
          class: 'dock-panel card',
          'aria-labelledby': `tab-${tab.name}`,
          hidden: true,
        },
        tab.element,
      ),
    );
    this.element = el(
      'div',
      { class: 'dock' },
      el('nav', { class: 'dock-tabs card', 'aria-label': 'Map tools' }, ...this.#buttons),
      ...this.#panels,
    );
  }

  /** Opens the tab of an index and closes the others; -1 closes all. */
  show(index: number): void {
    this.#open = index;
    this.#buttons.forEach((button, i) => {
      button.setAttribute('aria-expanded', String(i === index));
    });
    this.#panels.forEach((panel, i) => {
      panel.hidden = i !== index;
    });
    if (index >= 0) this.#tabs[index]!.onShow?.();
  }

  open(name: string): void {
    this.show(this.#tabs.findIndex(tab => tab.name === name));
  }

  get opened(): string | undefined {
    return this.#tabs[this.#open]?.name;
  }
}
