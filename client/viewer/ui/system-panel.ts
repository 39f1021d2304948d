/** The panel of a system: everything that its record has, also fields that no one foresaw. */
import type { JsonObject, JsonValue } from '#client/index.ts';
import type { SelectedSystem } from '#client/viewer/state.ts';
import { el, fill, icon } from './dom.ts';
import { formatCoordinate, formatLength } from './format-numbers.ts';
import { ICONS } from './icons.ts';
import { systemView } from './system-view.ts';

export interface PanelActions {
  readonly onClose: () => void;
  readonly onFly: (system: SelectedSystem) => void;
}

/** Fields that the head of the panel shows. */
const HEAD = new Set(['id', 'name', 'x', 'y', 'z', 'region']);
/** Fields that have a part of their own, if they are bodies. */
const PARTS = ['planets', 'moons', 'space_station'] as const;

export class SystemPanel {
  readonly element = el('aside', { class: 'panel card', 'aria-label': 'System', hidden: true, tabindex: -1 });
  readonly #actions: PanelActions;
  readonly #unit: () => string | undefined;
  readonly #isStill: () => boolean;

  constructor(unit: () => string | undefined, isStill: () => boolean, actions: PanelActions) {
    this.#unit = unit;
    this.#isStill = isStill;
    this.#actions = actions;
  }

  close(): void {
    this.element.hidden = true;
  }

  /** Shows what is known at once; `record` follows with `showRecord`. */
  show(system: SelectedSystem): void {
    this.element.hidden = false;
    this.element.dataset['system'] = system.id;
    fill(
      this.element,
      this.#head(system),
      el('div', { class: 'panel-body' }, el('p', { class: 'note' }, 'Reading the record…')),
    );
  }

  /** Shows the record of the system that `show` has begun. */
  showRecord(system: SelectedSystem, record: JsonObject | undefined): void {
    if (this.element.hidden || this.element.dataset['system'] !== system.id) return;
    const body = this.element.querySelector('.panel-body')!;
    if (!record) {
      fill(body, el('p', { class: 'note' }, 'The set has no record of this system.'));
      return;
    }
    const [planets, moons, stations] = PARTS.map(field => bodiesOf(record[field])) as [
      Bodies,
      Bodies,
      Bodies,
    ];
    const isShown = (key: string) =>
      HEAD.has(key) || PARTS.some(field => field === key && bodiesOf(record[field]) !== undefined);
    const rest = Object.entries(record).filter(([key]) => !isShown(key));
    fill(
      body,
      systemView(system.name, record, this.#isStill()),
      fieldList(rest),
      bodiesPart('Planets', planets),
      bodiesPart('Moons', moons),
      bodiesPart('Space station', stations),
    );
  }

  fail(system: SelectedSystem, message: string, onRetry: () => void): void {
    if (this.element.dataset['system'] !== system.id) return;
    fill(
      this.element.querySelector('.panel-body')!,
      el('p', { class: 'note', role: 'alert' }, message),
      el('button', { type: 'button', onclick: onRetry }, 'Try again'),
    );
  }

  #head(system: SelectedSystem): HTMLElement {
    const { name, region, id, x, y, z } = system;
    const scale = Math.max(Math.hypot(x, y, z) / 100, 1e-6);
    const unit = this.#unit();
    const place = [x, y, z].map(value => formatCoordinate(value, scale)).join(', ');
    return el(
      'header',
      {},
      el('h2', {}, name),
      el('p', { class: 'where' }, region, el('span', { class: 'code' }, place + (unit ? ` ${unit}` : ''))),
      el('p', { class: 'where' }, el('span', { class: 'code id' }, id), distanceNote(system, unit)),
      el(
        'div',
        { class: 'actions' },
        el(
          'button',
          { type: 'button', onclick: () => this.#actions.onFly(system) },
          icon(ICONS.fly),
          'Fly there',
        ),
      ),
      el(
        'button',
        {
          type: 'button',
          class: 'plain close',
          'aria-label': 'Close the panel',
          onclick: this.#actions.onClose,
        },
        icon(ICONS.close),
      ),
    );
  }
}

function distanceNote({ x, y, z }: SelectedSystem, unit: string | undefined): HTMLElement {
  return el('span', {}, `${formatLength(Math.hypot(x, y, z), unit)} from the origin`);
}

function bodiesPart(title: string, bodies: Bodies): HTMLElement | undefined {
  if (!bodies || bodies.length === 0) return undefined;
  return el(
    'section',
    { class: 'bodies' },
    el('h3', {}, title, bodies.length > 1 && el('span', { class: 'count' }, bodies.length)),
    ...bodies.map(body => bodyCard(body)),
  );
}

function bodyCard(body: JsonObject): HTMLElement {
  const moons = Array.isArray(body['moons']) ? (bodiesOf(body['moons']) ?? []) : [];
  const fields = fieldsOf(body).filter(([key]) => key !== 'moons' || !Array.isArray(body['moons']));
  return el(
    'details',
    { class: 'body' },
    el(
      'summary',
      {},
      el('span', { class: 'label' }, nameOf(body)),
      moons.length > 0 &&
        el('span', { class: 'count' }, `${moons.length} ${moons.length === 1 ? 'moon' : 'moons'}`),
    ),
    fieldList(fields),
    ...moons.map(moon => el('div', { class: 'moon' }, el('h4', {}, nameOf(moon)), fieldList(fieldsOf(moon)))),
  );
}

/** Fields in the order of the record; empty ones are left out. */
function fieldList(fields: readonly (readonly [key: string, value: JsonValue])[]): HTMLElement | undefined {
  const shown = fields.filter(([, value]) => !isEmpty(value));
  if (shown.length === 0) return undefined;
  return el(
    'dl',
    { class: 'fields' },
    ...shown.flatMap(([key, value]) => [el('dt', {}, labelOf(key)), el('dd', {}, valueNode(value))]),
  );
}

function valueNode(value: JsonValue): Node | string {
  if (Array.isArray(value)) {
    if (value.every(item => !isRecord(item) && !Array.isArray(item))) return value.map(plainText).join(', ');
    return el('ul', { class: 'nested' }, ...value.map(item => el('li', {}, valueNode(item))));
  }
  if (isRecord(value)) return fieldList(Object.entries(value)) ?? '{}';
  if (typeof value === 'string' && /^https?:\/\/\S+$/i.test(value))
    return el('a', { href: value, target: '_blank', rel: 'noopener noreferrer nofollow' }, value);
  return plainText(value);
}

function plainText(value: JsonValue): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return String(value);
}

function isEmpty(value: JsonValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** `orbit_radius` as "orbit radius". */
function labelOf(key: string): string {
  return key.replaceAll('_', ' ');
}

function nameOf(body: JsonObject): string {
  const { name } = body;
  return typeof name === 'string' && name !== '' ? name : 'Without a name';
}

/** The fields of a body but its name, if that is one. */
function fieldsOf(body: JsonObject): [key: string, value: JsonValue][] {
  return Object.entries(body).filter(([key, value]) => key !== 'name' || typeof value !== 'string');
}

/** Planets, moons or stations; undefined for a field that is something else. */
type Bodies = readonly JsonObject[] | undefined;

/** The bodies of a field: an object, a name, or an array of both. Other items of an array are values of a body. */
function bodiesOf(value: JsonValue | undefined): Bodies {
  if (Array.isArray(value))
    return value.map(item =>
      isRecord(item) ? item : typeof item === 'string' ? { name: item } : { value: item },
    );
  if (isRecord(value)) return [value];
  return typeof value === 'string' && value !== '' ? [{ name: value }] : undefined;
}

function isRecord(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
