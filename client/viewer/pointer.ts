/** Gestures and keys on the canvas: hover, click, double click, keys. */
import type { Rig } from './scene/rig.ts';

export interface PointerActions {
  /** The pointer rests at a place, or has left (undefined). */
  readonly onHover: (place: Place | undefined) => void;
  readonly onClick: (place: Place, reach: number) => void;
  /** Comes after `onClick` for the first click. It has no place: a panel that opened then may have moved the canvas. */
  readonly onDoubleClick: () => void;
  readonly onKey: (key: string) => boolean;
}

export interface Place {
  /** CSS pixels from the left and the top of the canvas. */
  readonly x: number;
  readonly y: number;
}

/** A pointer that moved farther between down and up has dragged. */
const DRAG = 6;
/** Farthest distance in pixels between a point and a mouse, or a finger. */
export const REACH = { mouse: 12, touch: 28 } as const;

export function listenToCanvas(canvas: HTMLCanvasElement, rig: Rig, actions: PointerActions): void {
  let down: Place | undefined;
  let isFrameAsked = false;
  let last: Place | undefined;
  const placeOf = (event: MouseEvent): Place => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const reachOf = (event: Event) =>
    'pointerType' in event && event.pointerType !== 'mouse' ? REACH.touch : REACH.mouse;

  canvas.addEventListener('pointerdown', event => {
    canvas.focus({ preventScroll: true });
    down = placeOf(event);
    actions.onHover(undefined);
  });
  canvas.addEventListener('click', event => {
    const place = placeOf(event);
    const isDrag = down && Math.hypot(place.x - down.x, place.y - down.y) > DRAG;
    if (!isDrag && event.detail < 2) actions.onClick(place, reachOf(event));
  });
  canvas.addEventListener('dblclick', actions.onDoubleClick);
  canvas.addEventListener('pointermove', event => {
    if (event.pointerType === 'touch' || event.buttons > 0) return;
    last = placeOf(event);
    if (isFrameAsked) return;
    isFrameAsked = true;
    // At most one search for each frame.
    requestAnimationFrame(() => {
      isFrameAsked = false;
      actions.onHover(last);
    });
  });
  canvas.addEventListener('pointerleave', () => {
    last = undefined;
    actions.onHover(undefined);
  });
  canvas.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (rig.key(event.key, event.shiftKey) || actions.onKey(event.key)) event.preventDefault();
  });
}
