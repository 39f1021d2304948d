/** Rings around the selected system and the one under the pointer. */
import type { Layer } from './stage.ts';
import type { Projected, View } from './view.ts';

interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export class Marker implements Layer {
  readonly element = document.createElement('div');
  #place: Place | undefined;

  /** @param kind class of the ring */
  constructor(kind: 'selected' | 'hovered') {
    this.element.className = `ring ${kind}`;
    this.element.setAttribute('aria-hidden', 'true');
    this.element.hidden = true;
  }

  set(place: Place | undefined, text = ''): void {
    this.#place = place;
    this.element.textContent = text;
    this.element.hidden = place === undefined;
  }

  frame(view: View): boolean {
    if (!this.#place) return false;
    const { x, y, z } = this.#place;
    const out: Projected = { x: 0, y: 0, depth: 0 };
    view.project(x, y, z, out);
    this.element.hidden = !view.isShown(out, 30);
    this.element.style.transform = `translate(${out.x.toFixed(1)}px, ${out.y.toFixed(1)}px)`;
    return false;
  }
}
