/** Buttons for the view: zoom, home, grid, link, help. */
import type { MapStore } from '#client/viewer/state.ts';
import { el, icon } from './dom.ts';
import { ICONS } from './icons.ts';

export interface ViewActions {
  readonly onZoom: (key: '+' | '-') => void;
  readonly onHome: () => void;
  readonly onLink: () => void;
  readonly onHelp: () => void;
}

export function viewButtons(store: MapStore, { onZoom, onHome, onLink, onHelp }: ViewActions): HTMLElement {
  const grid = button('Grid (G)', ICONS.grid, () => store.set({ showsGrid: !store.state.showsGrid }));
  const showState = () => grid.setAttribute('aria-pressed', String(store.state.showsGrid));
  store.on(['showsGrid'], showState);
  showState();
  return el(
    'div',
    { class: 'view-buttons card', role: 'toolbar', 'aria-label': 'View', 'aria-orientation': 'vertical' },
    button('Zoom in (+)', ICONS.plus, () => onZoom('+')),
    button('Zoom out (-)', ICONS.minus, () => onZoom('-')),
    button('Whole catalogue (Home)', ICONS.home, onHome),
    grid,
    button('Copy a link to this view', ICONS.link, onLink),
    button('Help (?)', ICONS.help, onHelp),
  );
}

function button(label: string, path: string, run: () => void): HTMLButtonElement {
  return el(
    'button',
    { type: 'button', class: 'plain', 'aria-label': label, title: label, onclick: run },
    icon(path),
  );
}
