/** Errors in the words of a visitor, and the things to do. */
import { isHavenError } from '#client/errors.ts';

export interface Explanation {
  readonly title: string;
  readonly text: string;
  readonly hints: readonly string[];
}

/** Where the set is, seen from the page. */
export interface SetPlace {
  /** Address of the set. */
  readonly url: string;
  /** Origin of the page. */
  readonly origin: string;
  /** Whether the server answers at all, whoever asks; undefined if that is not known. */
  readonly answers?: boolean | undefined;
}

const ADDRESS_HINTS = [
  'Another set: add ?set=https://example.org/stars/ to the address of this page.',
  'To show a catalogue on this machine: npx haven-chunks serve my-data.json',
];

export function explainError(error: unknown, place: SetPlace): Explanation {
  const detail = error instanceof Error ? error.message : String(error);
  const { url } = place;
  if (isHavenError(error, 'NotFoundError')) {
    const isIndex = error.file === undefined || error.file === 'index.json';
    return isIndex
      ? {
          title: 'There is no chunk set here',
          text: `${url} has no index.json.`,
          hints: ['Check the address: it is the folder that has index.json.', ...ADDRESS_HINTS],
        }
      : {
          title: 'A file of the set is missing',
          text: detail,
          hints: [
            'Publish all files before index.json.',
            'Reload the page: the set may have been published just now.',
          ],
        };
  }
  if (isHavenError(error, 'GenerationGoneError'))
    return { title: 'The set has been published again', text: detail, hints: ['Reload the page.'] };
  if (isHavenError(error, 'VersionError'))
    return {
      title: 'The set is newer than this map',
      text: detail,
      hints: [
        'Reload the page past the cache (Ctrl+Shift+R).',
        'Use the map of a newer version of haven-chunks.',
      ],
    };
  if (isHavenError(error, 'CorruptError'))
    return {
      title: 'A file of the set is damaged',
      text: detail,
      hints: [
        'Purge the caches of the server, or publish the set again.',
        'haven-chunks verify finds what is wrong.',
      ],
    };
  if (isHavenError(error, 'NetworkError')) return explainNetwork(error.status, detail, place);
  if (isHavenError(error, 'ArgumentError') && !isWebAddress(url)) return explainAddress(url);
  return { title: 'The map cannot go on', text: detail, hints: ['Reload the page.'] };
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:/.test(url);
}

function explainAddress(url: string): Explanation {
  if (url.startsWith('file:'))
    return {
      title: 'The map needs a web server',
      text: 'Browsers do not let pages read files of a disk.',
      hints: ['npx haven-chunks serve FOLDER shows the set of a folder.'],
    };
  return {
    title: 'The address of the set is invalid',
    text: `${url} is not an http or https URL.`,
    hints: ADDRESS_HINTS,
  };
}

function explainNetwork(
  status: number | undefined,
  detail: string,
  { url, origin, answers }: SetPlace,
): Explanation {
  if (status !== undefined)
    return {
      title: `The server answered with status ${status}`,
      text: detail,
      hints: [
        status === 401 || status === 403
          ? 'The set is not public: check the permissions of the bucket.'
          : 'Try again later.',
      ],
    };
  const isForeign = new URL(url).origin !== origin;
  if (isForeign && answers !== false)
    return {
      title: 'The server does not let this page read the set',
      text: `${url} has another origin than this page, and its answers lack the header Access-Control-Allow-Origin (CORS).`,
      hints: [
        `Let the server send Access-Control-Allow-Origin: ${origin} (or *).`,
        'Or put the map beside the set: haven-chunks build … --viewer',
      ],
    };
  return {
    title: 'The server does not answer',
    text: detail,
    hints: ['Check the connection and the address.', 'Parts that you have seen before work offline.'],
  };
}
