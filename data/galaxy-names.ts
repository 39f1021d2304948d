/**
 * Names and contents of the systems of a generated galaxy: names are unique by construction, other strings come from
 * templates.
 */
import type { Random } from './galaxy-space.ts';

export interface Moon {
  name: string;
  sentinel: string | null;
  fauna: string | null;
  flora: string | null;
  properties: string | null;
  materials: string | null;
  base_location: string | null;
  photo: string | null;
  notes: string | null;
  orbit_radius: number;
  orbit_speed: number;
}

export interface Planet extends Omit<Moon, 'orbit_radius' | 'orbit_speed'> {
  moons: Moon[];
}

export interface Station {
  name: string;
  x: number;
  y: number;
  z: number;
}

const words = (text: string): string[] => text.split(' ');
const phrases = (text: string): string[] => text.split(' · ');

// A name alternates consonants and vowels of these lists, so that it can be split in one way only.
const ONSETS = ['', ...words('B BR C D DR F G GL H J K KR L M N P PR R S SH SK ST T TH TR V W X Z CH PL')];
const MEDIALS = ['MB', ...ONSETS.slice(1)];
const VOWELS = words('A E I O U OO EA Y AI AU EI IA IO OU UA AE');
const CODAS = ['', ...words('N R S L K M T X TH RN SH ND CK RS NT')];
const GREEK = [
  '',
  ...words('ALPHA BETA GAMMA DELTA EPSILON ZETA THETA IOTA KAPPA LAMBDA OMICRON RHO SIGMA TAU OMEGA'),
];
const ROMAN = ['', ...words('II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI')];
const LETTERS = words('A B C D E F G H J K L M N P Q R');

/** Two syllables and an ending from the lowest 22 bits: "OOTLEAN". */
function stem(bits: number): string {
  return (
    ONSETS[bits & 31]! +
    VOWELS[(bits >>> 5) & 15] +
    MEDIALS[(bits >>> 9) & 31] +
    VOWELS[(bits >>> 14) & 15] +
    CODAS[(bits >>> 18) & 15]
  );
}

/**
 * The name for a number, in the style of No Man's Sky: "OOTLEAFAR", "LEPUSCAR OMEGA", "WOSANJO Q37", "AMOT 16/O5".
 * Different numbers have different names.
 *
 * @param number 0 to 2^32 - 1
 */
export function systemName(number: number): string {
  const a = (number >>> 22) & 15;
  const b = (number >>> 26) & 15;
  switch (number >>> 30) {
    case 0: // Three syllables: the ending of the stem moves to the end.
      return (
        stem(number & 0x3ffff) +
        MEDIALS[(number >>> 18) & 31] +
        VOWELS[(number >>> 23) & 7] +
        CODAS[(number >>> 26) & 15]
      );
    case 1:
      return stem(number) + (a > 0 ? ` ${GREEK[a]}` : '') + (b > 0 ? ` ${ROMAN[b]}` : '');
    case 2:
      return `${stem(number)} ${LETTERS[a]}${30 + b}`;
    default:
      return `${stem(number)} ${10 + a}/${LETTERS[b]}${b % 7}`;
  }
}

const REALMS = words(
  'Reach Nexus Domain Expanse Sector Cluster Void Quadrant Shallows Conflux Fringe Boundary Mass Anomaly Spur Instability',
);

/** The name of a region: "Muhackson Reach". Different numbers below 2^22 have different names. */
export function regionName(number: number, seed: number): string {
  const bits = (Math.imul(number, 0x2c1b3d) + Math.imul(seed, 0x1e35a7)) & 0x3fffff;
  return `${title(stem(bits))} ${REALMS[(bits >>> 7) & 15]}`;
}

function title(name: string): string {
  return name[0] + name.slice(1).toLowerCase();
}

const LEVELS = ['None', 'None', 'Low', 'Low', 'Low', 'Mid', 'Mid', 'High', 'N/A', null];
const SENTINELS = ['None', 'Low', 'Low', 'Low', 'Mid', 'High', 'Aggressive', 'N/A'];
const PORTALS = words('alpha north south ridge canyon lake crater delta');
const METALS = phrases(
  'Magnetized ferrite · Copper · Cadmium · Emeril · Indium · Activated Copper · Activated Cadmium · Activated Indium · Chromatic metal · Pure ferrite · Gold · Silver · Platinum · Sodium · Cobalt · Salt',
);
const GOODS = phrases(
  'Carbon · Condensed carbon · Oxygen · Di-hydrogen · Tritium · Ancient bones · Salvaged data · Storm crystals · Tainted metal · Nanite clusters · Silicate powder · Gravitino ball · Mordite · Faecium · Marrow bulb · Kelp sac',
);
/** Kind of world, weather, and the plant or mineral of that kind. */
const BIOMES = [
  [
    'Scorched world',
    phrases('baking heat · firestorms · intense radiation · sulphur geysers'),
    'Solanium, Phosphorus',
  ],
  [
    'Ice planet',
    phrases('frozen surface · blizzards · glacial caverns · freezing night wind'),
    'Frost crystal, Dioxite',
  ],
  [
    'Toxic planet',
    phrases('acid rain · caustic fog · poison vents · alkaline storms'),
    'Fungal mould, Ammonia',
  ],
  [
    'Irradiated planet',
    phrases('gamma dust · radioactive storms · decaying nuclear fog · enriched soil'),
    'Gamma root, Uranium',
  ],
  [
    'Desert world',
    phrases('extreme temperatures · sandstorms · dry riverbeds · parched canyons'),
    'Cactus flesh, Pyrite',
  ],
  [
    'Paradise world',
    phrases('ideal conditions · balmy drizzle · mild seasons · gentle tides'),
    'Star bulb, Paraffinium',
  ],
  [
    'Ocean world',
    phrases('deep seas · floating islands · endless rain · bioluminescent reefs'),
    'Living pearl, Cyto-phosphate',
  ],
  [
    'Barren moonscape',
    phrases('no atmosphere · cratered terrain · dust devils · tidally locked'),
    'Rusted metal, Lichen',
  ],
  [
    'Gas giant',
    phrases('massive storms · crushing pressure · metallic clouds · banded rings'),
    'Hydrogen, Helium',
  ],
  [
    'Exotic biome',
    phrases('hexagonal growths · floating shards · anomalous bubbles · chromatic fog'),
    'Activated quartzite, Viscous fluids',
  ],
] as const;
const ADJECTIVES = words(
  'Verdant Crimson Amber Azure Silent Frozen Hollow Golden Ashen Emerald Broken Ivory Rusted Violet Drifting Sunken',
);
const NOUNS = words(
  'Alpha Wastes World Vale Haven Reef Expanse Garden Shard Forge Crown Cradle Basin Refuge Spire Hollow',
);
const SATELLITES = phrases('Prime · Minor · Satellite · Moon');
const FINDS = phrases(
  'Buried technology modules · Ancient ruins · A crashed freighter · Resource rich extraction site · Colonization candidate · Anomalous readings · A "drop pod" in the open · Abandoned buildings · Hostile environment, extreme caution · Curious deposits · Monolith with three stones · Portal with all sixteen glyphs · Salvageable scrap · Large herds of grazers · Excellent place for a farm · Underwater relics',
);
const PLACES = phrases(
  'near the portal · at the north pole · two minutes south of the base · on the night side · under the big arch · beside the trade post · in every cave · across the bay',
);
const REMARKS = phrases(
  'Exploration in progress. · Bring fuel. · Screenshots to follow. · Scientific research ongoing. · Beware of the fauna. · Named by Haven, kept as found.',
);
const ECONOMIES = words('Mining Trading Technology Manufacturing Scientific Energy');
const CONFLICTS = ['Low', 'Low', 'Mid', 'High', 'Outlaw'];
const LIFEFORMS = ['Gek', 'Korvax', "Vy'keen", 'uncharted', 'abandoned'];

/** "VH (+3.86, -129.37)", or one of the spellings of an absent location. */
export function baseLocation(random: Random): string | null {
  const kind = random.below(16);
  if (kind < 6) return 'N/A';
  if (kind < 10) return null;
  return `VH (${degrees(random.below(18_000) - 9000)}, ${degrees(random.below(36_000) - 18_000)})`;
}

function degrees(hundredths: number): string {
  return `${hundredths < 0 ? '' : '+'}${(hundredths / 100).toFixed(2)}`;
}

export function level(random: Random): string | null {
  return random.pick(LEVELS);
}

export function sentinel(random: Random): string {
  return random.pick(SENTINELS);
}

/** Three materials in the game's spelling: "Magnetized ferrite, Gold, Oxygen". */
export function materials(random: Random): string {
  const first = random.below(16);
  const second = (first + 1 + random.below(15)) % 16;
  return `${METALS[first]}, ${METALS[second]}, ${random.pick(GOODS)}`;
}

/** "Economy: Mining, Conflict: Low, Lifeform: Gek", or null. */
export function attributes(random: Random): string | null {
  if (random.below(4) === 0) return null;
  return `Economy: ${random.pick(ECONOMIES)}, Conflict: ${random.pick(CONFLICTS)}, Lifeform: ${random.pick(LIFEFORMS)}`;
}

/** The picture of a system's portal, or one of the spellings of an absent picture. */
export function photo(random: Random, name: string): string | null {
  const kind = random.below(8);
  if (kind < 4) return null;
  return kind < 6 ? 'N/A' : `photos/${name.slice(0, 3)}-${random.pick(PORTALS)}.png`;
}

/** 0 to 6 planets, rarely more: 3 on average. */
export function planetList(random: Random): Planet[] {
  const counts = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 6];
  const many = random.below(256) === 0;
  const planets = new Array<Planet>(many ? 7 + random.below(6) : random.pick(counts));
  for (let i = 0; i < planets.length; i++) planets[i] = planet(random);
  return planets;
}

function planet(random: Random): Planet {
  const first = random.below(2) === 0 ? random.pick(ADJECTIVES) : title(stem(random.next()));
  const name = `${first} ${random.pick(NOUNS)}`;
  const moons = new Array<Moon>(random.pick([0, 0, 0, 0, 0, 0, 1, 2]));
  const fields = worldFields(random, name);
  for (let i = 0; i < moons.length; i++) moons[i] = moon(random, `${first} ${SATELLITES[i]}`);
  return { ...fields, moons };
}

function moon(random: Random, name: string): Moon {
  return {
    ...worldFields(random, name),
    orbit_radius: (3000 + random.below(12_000)) / 10_000,
    orbit_speed: (200 + random.below(800)) / 10_000,
  };
}

type World = Omit<Planet, 'moons'>;

function worldFields(random: Random, name: string): World {
  const [kind, weathers, local] = random.pick(BIOMES);
  return {
    name,
    sentinel: sentinel(random),
    fauna: level(random),
    flora: level(random),
    properties: `${kind}, ${random.pick(weathers)}`,
    materials: random.below(2) === 0 ? local : `${local}, ${materials(random)}`,
    base_location: baseLocation(random),
    photo: random.below(3) === 0 ? 'N/A' : null,
    notes: notes(random),
  };
}

function notes(random: Random): string | null {
  const kind = random.below(8);
  if (kind < 2) return null;
  if (kind < 4) return 'N/A';
  const find = `${random.pick(FINDS)} ${random.pick(PLACES)}`;
  return kind < 7 ? find : `${find}. ${random.pick(REMARKS)}`;
}
