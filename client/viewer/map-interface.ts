/** The interface over the map, and what its parts do to the map. */
import type { Tileset, Usage } from '#client/index.ts';
import { toggleValues } from './data/filters.ts';
import { listenToCanvas, type Place, REACH } from './pointer.ts';
import { shortName } from './scene/label-text.ts';
import { pickedSystem, type StarMap } from './star-map.ts';
import type { MapStore, SelectedSystem } from './state.ts';
import { Dock } from './ui/dock.ts';
import { el } from './ui/dom.ts';
import { explainError } from './ui/explain-error.ts';
import { FilterTab } from './ui/filter-tab.ts';
import { formatCount } from './ui/format-numbers.ts';
import { helpDialog } from './ui/help-dialog.ts';
import { ICONS } from './ui/icons.ts';
import { Legend } from './ui/legend.ts';
import { NearbyTab } from './ui/nearby-tab.ts';
import type { Notices } from './ui/notices.ts';
import { RegionTab } from './ui/region-tab.ts';
import { SearchBox } from './ui/search-box.ts';
import { StatusBar } from './ui/status-bar.ts';
import { SystemPanel } from './ui/system-panel.ts';
import { viewButtons } from './ui/view-buttons.ts';

export interface MapInterfaceOptions {
  readonly map: StarMap;
  readonly tileset: Tileset;
  readonly store: MapStore;
  readonly usage: Usage;
  readonly notices: Notices;
  readonly isStill: () => boolean;
  readonly setUrl: string;
  readonly isEmbedded: boolean;
}

/** Milliseconds between two states of the status bar. */
const STATUS_PAUSE = 100;

export class MapInterface {
  readonly legend: Legend;
  readonly #options: MapInterfaceOptions;
  readonly #status: StatusBar;
  readonly #panel: SystemPanel;
  readonly #search: SearchBox;
  readonly #nearby: NearbyTab;
  readonly #title = el('h1', {}, 'Star map');
  readonly #help = helpDialog();
  readonly #hover = el('div', { class: 'hover-card card', hidden: true, 'aria-hidden': 'true' });
  /** Tells screen readers which system is selected. */
  readonly #said = el('p', { class: 'sr-only', role: 'status' });
  #unit: string | undefined;
  /** Id of the system that is being read to be selected. */
  #wantedId: string | undefined;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MapInterfaceOptions) {
    const { map, tileset, store, usage, isStill, isEmbedded } = options;
    this.#options = options;
    const unit = () => this.#unit;
    this.legend = new Legend(store, ['region', ...map.facets.names.filter(field => field !== 'region')]);
    this.#status = new StatusBar(unit);
    this.#panel = new SystemPanel(unit, isStill, {
      onClose: () => {
        store.set({ selected: undefined });
        map.stage.canvas.focus();
      },
      onFly: system => void map.flyTo(system),
    });
    this.#search = new SearchBox(tileset, usage, map.facets, {
      onSystem: system => this.#visit(system),
      onValue: (field, value) =>
        store.set({
          filters: toggleValues(new Map([...store.state.filters].filter(([name]) => name !== field)), field, [
            value,
          ]),
        }),
    });
    const filters = new FilterTab(store, map.facets);
    const regions = new RegionTab(tileset, usage, store, ({ bounds }) =>
      map.flyToBox(bounds.min, bounds.max),
    );
    this.#nearby = new NearbyTab({
      tileset,
      usage,
      store,
      unit,
      centre: () => map.stage.view.target.toArray(),
      onSystem: system => this.#visit(system),
    });
    const dock = new Dock([
      { name: 'colours', label: 'Colours', icon: ICONS.colours, element: this.legend.element },
      ...(map.facets.names.length > 0
        ? [
            {
              name: 'filters',
              label: 'Filters',
              icon: ICONS.filter,
              element: filters.element,
              onShow: () => void filters.open(),
            },
          ]
        : []),
      {
        name: 'regions',
        label: 'Regions',
        icon: ICONS.regions,
        element: regions.element,
        onShow: () => void regions.open(),
      },
      {
        name: 'nearby',
        label: 'Nearby',
        icon: ICONS.nearby,
        element: this.#nearby.element,
        onShow: () => this.#nearby.open(),
      },
    ]);
    const buttons = viewButtons(store, {
      onZoom: key => map.rig.key(key, false),
      onHome: () => map.rig.goHome(true),
      onLink: () => void this.#copyLink(),
      onHelp: () => this.#help.showModal(),
    });
    document
      .querySelector('#interface')!
      .append(
        el('div', { class: 'overlay' }, ...map.overlay, this.#hover),
        el(
          'div',
          { class: 'side' },
          el(
            'header',
            { class: 'top' },
            this.#title,
            !isEmbedded && this.#search.element,
            !isEmbedded && filters.chips,
          ),
          isEmbedded ? embedLink() : dock.element,
        ),
        this.#panel.element,
        buttons,
        this.#status.element,
        this.#said,
        this.#help,
      );
    if (!isEmbedded && matchMedia('(width >= 900px)').matches) dock.open('colours');
    store.on(['selected'], ({ selected }) => this.#showSelected(selected));
    this.#listen();
  }

  /** Shows what the catalogue says about itself. */
  setMeta(title: string | undefined, unit: string | undefined): void {
    this.#unit = unit;
    if (title) this.#title.textContent = title;
    document.title = title ? `${title} · star map` : 'Star map';
    this.#status.showView(this.#options.map.stage.view);
  }

  /** Says that the page opens without a network. */
  setOffline(): void {
    this.#status.showOffline();
  }

  onFrame(): void {
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      this.#showStatus();
    }, STATUS_PAUSE);
  }

  #showStatus(): void {
    const { map, usage, tileset } = this.#options;
    this.#status.showView(map.stage.view);
    const { settled, limited } = map.field.status;
    const reading = { usage, points: map.field.accepted, systems: tileset.counts.systems };
    this.#status.showMeter({ ...reading, isLoading: !settled, isLimited: limited });
  }

  /** Id of the system that is selected, or that will be when it is read. */
  get selectedId(): string | undefined {
    return this.#wantedId ?? this.#options.store.state.selected?.id;
  }

  /**
   * Selects a system by its id, or none. A selection that comes in between stays.
   * @param flies whether to fly there
   */
  async selectById(id: string | undefined, flies: boolean): Promise<void> {
    const { map, tileset, store, usage, notices } = this.#options;
    this.#wantedId = id;
    if (id === undefined || id === store.state.selected?.id) {
      if (id === undefined) store.set({ selected: undefined });
      return;
    }
    try {
      const system = await tileset.systemById(id, { usage });
      if (this.#wantedId !== id) return;
      if (system) {
        store.set({ selected: system });
        if (flies) void map.flyTo(system);
      } else {
        // The link of the view names the system that is selected.
        this.#wantedId = undefined;
        notices.say('missing', `The set has no system with the id ${id}.`);
      }
    } catch (error) {
      if (this.#wantedId === id) notices.say('missing', this.#explain(error));
    }
  }

  /** Selects a system of a list, and flies there. */
  #visit(system: SelectedSystem): void {
    const { map, store } = this.#options;
    store.set({ selected: system });
    void map.flyTo(system);
  }

  #showSelected(system: SelectedSystem | undefined): void {
    this.#wantedId = undefined;
    this.#said.textContent = system ? `${system.name}, ${system.region}` : '';
    if (!system) {
      this.#panel.close();
      return;
    }
    this.#panel.show(system);
    void this.#readRecord(system);
  }

  async #readRecord(system: SelectedSystem): Promise<void> {
    const { tileset, usage } = this.#options;
    try {
      const [record] = await tileset.details([system], { usage });
      this.#panel.showRecord(system, record);
    } catch (error) {
      this.#panel.fail(system, this.#explain(error), () => void this.#readRecord(system));
    }
    this.#options.map.stage.invalidate();
  }

  #explain(error: unknown): string {
    const { title, text } = explainError(error, { url: this.#options.setUrl, origin: location.origin });
    return `${title}. ${text}`;
  }

  #listen(): void {
    const { map, store } = this.#options;
    const canvas = map.stage.canvas;
    const open = (place: Place, reach: number) => {
      const picked = map.pick(place, reach);
      store.set({ selected: picked && pickedSystem(picked) });
    };
    const fly = () => {
      const { selected } = store.state;
      if (selected) void map.flyTo(selected);
    };
    listenToCanvas(canvas, map.rig, {
      onHover: place => this.#showHover(place),
      onClick: open,
      onDoubleClick: fly,
      onKey: key => {
        const { width, height } = map.stage.view;
        if (key === 'Enter') open({ x: width / 2, y: height / 2 }, Math.max(REACH.touch, height / 4));
        else if (key === 'f') fly();
        else if (key === 'g') store.set({ showsGrid: !store.state.showsGrid });
        else return false;
        return true;
      },
    });
    document.addEventListener('keydown', event => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      if (event.key === '/') {
        event.preventDefault();
        this.#search.focus();
      } else if (event.key === '?') this.#help.showModal();
      else if (event.key === 'Escape' && store.state.selected && !this.#help.open) {
        store.set({ selected: undefined });
        canvas.focus();
      }
    });
    map.rig.controls.addEventListener('rest', () => this.#nearby.refresh());
  }

  #showHover(place: Place | undefined): void {
    const { map } = this.#options;
    const picked = place && map.pick(place, REACH.mouse);
    map.hover(picked);
    map.stage.canvas.classList.toggle('pointing', picked !== undefined);
    this.#hover.hidden = !picked;
    if (!picked) return;
    const { name, region } = pickedSystem(picked);
    this.#hover.replaceChildren(
      el('b', {}, shortName(name)),
      region && region !== name ? el('span', {}, shortName(region)) : '',
    );
    const { offsetWidth: width, offsetHeight: height } = this.#hover;
    const [x, y] = [Math.min(place.x + 16, innerWidth - width), Math.min(place.y + 14, innerHeight - height)];
    this.#hover.style.transform = `translate(${x}px, ${y}px)`;
  }

  async #copyLink(): Promise<void> {
    const { notices } = this.#options;
    try {
      await navigator.clipboard.writeText(location.href);
      notices.say('link', 'The link to this view is copied.');
    } catch {
      notices.say(
        'link',
        `Copy the address of the page: it leads to this view. ${formatCount(location.href.length)} characters.`,
      );
    }
  }
}

/** In a frame of another page: a link to the whole map. */
function embedLink(): HTMLElement {
  const link = el('a', { class: 'embed-link card', target: '_blank', rel: 'noopener' }, 'Open the map');
  const follow = () => {
    const url = new URL(location.href);
    url.searchParams.delete('embed');
    link.href = url.href;
  };
  follow();
  link.addEventListener('pointerdown', follow);
  link.addEventListener('focus', follow);
  return link;
}
