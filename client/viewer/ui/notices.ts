/** Messages over the map: one that stops everything, and short ones that pass. */
import { el, fill, icon } from './dom.ts';
import type { Explanation } from './explain-error.ts';
import { ICONS } from './icons.ts';

/** Milliseconds that a short message stays. */
const STAY = 8_000;

export interface NoticeAction {
  readonly label: string;
  readonly run: () => void;
}

export class Notices {
  /** Announced by screen readers. */
  readonly element = el('div', { class: 'notices', role: 'status', 'aria-live': 'polite' });
  readonly #keys = new Map<string, HTMLElement>();

  /** Shows a message in place of the map. */
  stop({ title, text, hints }: Explanation, actions: readonly NoticeAction[] = []): void {
    document.querySelector('.stop')?.remove();
    const box = el(
      'section',
      { class: 'stop card', role: 'alert', 'aria-labelledby': 'stop-title' },
      el('h2', { id: 'stop-title' }, title),
      el('p', {}, text),
      hints.length > 0 && el('ul', {}, ...hints.map(hint => el('li', {}, hint))),
      actions.length > 0 && el('div', { class: 'actions' }, ...actions.map(actionButton)),
    );
    document.body.append(box);
  }

  /** Removes the message with a key, if it is there. */
  withdraw(key: string): void {
    this.#keys.get(key)?.remove();
    this.#keys.delete(key);
  }

  /**
   * Shows a short message.
   * @param key a message with the same key is replaced
   * @param action with one the message stays until it is closed
   */
  say(key: string, text: string, action?: NoticeAction): void {
    this.withdraw(key);
    const toast = el('div', { class: 'toast card' });
    const close = () => {
      toast.remove();
      // Another message may have replaced it.
      if (this.#keys.get(key) === toast) this.#keys.delete(key);
    };
    const run = () => {
      close();
      action?.run();
    };
    fill(
      toast,
      el('span', {}, text),
      action && actionButton({ label: action.label, run }),
      el(
        'button',
        { type: 'button', class: 'plain', 'aria-label': 'Close this message', onclick: close },
        icon(ICONS.close),
      ),
    );
    this.#keys.set(key, toast);
    this.element.append(toast);
    if (!action) setTimeout(close, STAY);
  }
}

function actionButton({ label, run }: NoticeAction): HTMLElement {
  return el('button', { type: 'button', onclick: run }, label);
}
