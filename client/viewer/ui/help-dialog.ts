/** A dialog about mouse, touch and keys. */
import { el, icon } from './dom.ts';
import { ICONS } from './icons.ts';

const ROWS: readonly (readonly [action: string, mouse: string, keys: string])[] = [
  ['Turn', 'drag', 'arrows'],
  ['Move', 'right drag, two fingers', 'Shift + arrows'],
  ['Zoom', 'wheel, pinch', '+ and -'],
  ['Open a system', 'click', 'Enter: the one at the centre'],
  ['Fly to a system', 'double click, “Fly there”', 'F'],
  ['Whole catalogue', '', 'Home'],
  ['Search', '', '/'],
  ['Grid', '', 'G'],
  ['Close', '', 'Escape'],
];

export function helpDialog(): HTMLDialogElement {
  const dialog = el(
    'dialog',
    { class: 'help card', 'aria-labelledby': 'help-title' },
    el('h2', { id: 'help-title' }, 'How to move'),
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('td', {}),
          el('th', { scope: 'col' }, 'mouse, touch'),
          el('th', { scope: 'col' }, 'keys'),
        ),
      ),
      el(
        'tbody',
        {},
        ...ROWS.map(([action, mouse, keys]) =>
          el('tr', {}, el('th', { scope: 'row' }, action), el('td', {}, mouse), el('td', {}, keys)),
        ),
      ),
    ),
    el(
      'p',
      { class: 'note' },
      'The keys work while the map has the focus. Search, lists and filters need no map.',
    ),
    el(
      'button',
      { type: 'button', class: 'plain close', 'aria-label': 'Close', onclick: () => dialog.close() },
      icon(ICONS.close),
    ),
  );
  return dialog;
}
