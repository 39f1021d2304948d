import { workOffline } from '#client/cache.ts';
import { isHavenError } from '#client/errors.ts';
import type { Tileset } from '#client/index.ts';
import { openTileset } from '#client/open-tileset.ts';
import { isSpectral } from './data/colour-scheme.ts';
import type { FacetCatalogue } from './data/facet-catalogue.ts';
import { readSetMeta } from './data/set-meta.ts';
import { decodeView, encodeView, type LinkedView } from './deep-link.ts';
import { MapInterface } from './map-interface.ts';
import { StarMap } from './star-map.ts';
import { MapStore } from './state.ts';
import { explainError } from './ui/explain-error.ts';
import { type NoticeAction, Notices } from './ui/notices.ts';

// The page: opens the set, shows its overview, then joins map and interface.

/** Folder of the scripts and styles: their names are hashes. */
const ASSETS = 'map/';
/** Requests that the browser remembers, so that their files can be kept. */
const REMEMBERED = 5_000;
/** Milliseconds between two looks for a new generation of the set. */
const WATCH_INTERVAL = 120_000;
/** Milliseconds of rest before the address gets the view. */
const LINK_PAUSE = 400;
const RELOAD: NoticeAction = { label: 'Try again', run: () => location.reload() };
const REFRESH: NoticeAction = { ...RELOAD, label: 'Refresh' };

const parameters = new URLSearchParams(location.search);
const isEmbedded = parameters.has('embed');
const setUrl = absoluteUrl(parameters.get('set') ?? './');
const maxPoints = Number(parameters.get('points')) || undefined;
const canvas = document.querySelector<HTMLCanvasElement>('#sky')!;
const notices = new Notices();
const usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
const isStill = () => stillness.matches;

// Screen readers leave the keys to the map.
canvas.setAttribute('role', 'application');
performance.setResourceTimingBufferSize(REMEMBERED);
document.body.classList.toggle('embedded', isEmbedded);
document.body.append(notices.element);
try {
  await start();
} catch (error) {
  await stop(error);
}

async function start(): Promise<void> {
  const tileset = await openTileset(setUrl, { usage });
  if (tileset.counts.systems === 0) {
    notices.stop({ title: 'The set is empty', text: `${setUrl} has no systems.`, hints: [] });
    return;
  }
  const sample = await tileset.overview({ usage });
  const store = new MapStore();
  const linked = decodeView(location.hash);
  applyState(linked);
  let reported = '';
  const onError = (error: unknown) => {
    const { title, text } = explainError(error, { url: setUrl, origin: location.origin });
    if (title === reported) return;
    reported = title;
    const retry = () => {
      reported = '';
      map.field.retry();
    };
    // Files of a generation that is gone do not come back.
    const action = isHavenError(error, 'GenerationGoneError') ? REFRESH : { label: 'Try again', run: retry };
    notices.say('error', `${title}. ${text}`, action);
  };
  let ui: MapInterface | undefined;
  const map = new StarMap({
    ...{ canvas, tileset, sample, store, usage, maxPoints, isStill, onError },
    onScheme: scheme => ui?.legend.show(scheme),
    onFrame: () => ui?.onFrame(),
  });
  if (map.stage.failure !== undefined)
    notices.say(
      'webgl',
      'This browser has no WebGL 2, so the stars are not drawn. Search, lists and filters work.',
      RELOAD,
    );
  map.stage.onContext = isLost => {
    if (isLost) notices.say('webgl', 'The graphics processor has stopped: the stars are not drawn.', RELOAD);
    else notices.withdraw('webgl');
  };
  ui = new MapInterface({ map, tileset, store, usage, notices, isStill, setUrl, isEmbedded });
  globalThis.starMap = map;
  if (linked.eye && linked.target) map.rig.look(linked.eye, linked.target, false);
  let links = 0;
  void applyColour(linked);
  // A link that names only a system leads to it.
  void ui.selectById(linked.selected, !linked.eye);
  const link = linkWriter(map, store, ui);
  map.rig.controls.addEventListener('rest', link);
  map.rig.controls.addEventListener('sleep', link);
  store.on(['colour', 'filters', 'showsOthers', 'showsGrid', 'selected'], link);
  addEventListener('hashchange', () => applyLink(decodeView(location.hash)));
  void watch(tileset);
  const { title, unit } = readSetMeta(await tileset.meta({ usage }).catch(() => []));
  ui.setMeta(title, unit);
  if (!isEmbedded && 'serviceWorker' in navigator) void keepOffline(map, ui);

  function applyLink(view: LinkedView): void {
    const { eye, target, selected } = view;
    applyState(view);
    if (eye && target) map.rig.look(eye, target, true);
    void applyColour(view);
    void ui?.selectById(selected, !eye);
  }

  /** Sets the filters and switches of a link; filters of another set, whose fields this one lacks, are left out. */
  function applyState({ filters, showsOthers, showsGrid }: LinkedView): void {
    const fields = new Set(tileset.options.facets.map(({ field }) => field));
    const unknown = [...filters.keys()].filter(field => !fields.has(field));
    const known = new Map([...filters].filter(([field]) => fields.has(field)));
    store.set({ filters: known, showsOthers, showsGrid });
    if (unknown.length > 0)
      notices.say('filters', `The set has no filter ${unknown.join(', ')}: the link is followed without it.`);
  }

  /** Sets the colour of a link, unless another link or another colour has come since. */
  async function applyColour(view: LinkedView): Promise<void> {
    const link = ++links;
    const before = store.state.colour;
    const colour = await startColour(map.facets, view);
    if (link !== links || store.state.colour !== before) return;
    if (colour !== before) store.set({ colour });
    else if (!map.hasColours) void map.showColours();
  }
}

/** Lets the page open without a network from now on, with all that it has shown. */
async function keepOffline(map: StarMap, ui: MapInterface): Promise<void> {
  await map.field.settled();
  try {
    await workOffline(`./service-worker.js?assets=${ASSETS}`);
    ui.setOffline();
  } catch {
    // A browser that forbids it, such as in a private window: the map works as before.
  }
}

/** The colour of a link, else the kind of star if the set has it, else the region. */
async function startColour(facets: FacetCatalogue, { colour }: LinkedView): Promise<string> {
  const fields = ['region', ...facets.names];
  if (colour !== undefined && fields.includes(colour)) return colour;
  const kind = ['star_type', 'spectral_type'].find(field => fields.includes(field));
  if (kind !== undefined || !fields.includes('attributes')) return kind ?? 'region';
  // Catalogues of real stars have spectral types there, those of the game properties.
  const values = await facets.values('attributes').catch(() => undefined);
  return values && isSpectral(values) ? 'attributes' : 'region';
}

function linkWriter(map: StarMap, store: MapStore, ui: MapInterface): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const view = { ...map.rig.destination, ...store.state, selected: ui.selectedId };
      const hash = `#${encodeView(view)}`;
      if (hash !== location.hash) history.replaceState(null, '', hash);
    }, LINK_PAUSE);
  };
}

async function watch(tileset: Tileset): Promise<void> {
  for await (const { after } of tileset.watch({ interval: WATCH_INTERVAL, onError: () => {} })) {
    const systems = after.counts.systems.toLocaleString('en');
    notices.say('new', `New data: ${systems} systems.`, REFRESH);
  }
}

async function stop(error: unknown): Promise<void> {
  // Whether a server answers at all tells a missing CORS header from a broken connection.
  const answers = await fetch(setUrl, { mode: 'no-cors' }).then(
    () => true,
    () => false,
  );
  const place = { url: setUrl, origin: location.origin, answers };
  notices.stop(explainError(error, place), [RELOAD]);
}

/** An address as a URL; as it is where it is not one, so that the opening of the set says so. */
function absoluteUrl(address: string): string {
  try {
    return new URL(address, location.href).href;
  } catch {
    return address;
  }
}
