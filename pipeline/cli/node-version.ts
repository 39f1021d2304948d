import manifest from '../../package.json' with { type: 'json' };

/** Message for a version of Node outside a range such as `>=22.18`; undefined inside it. */
export function nodeVersionError(version: string, range: string): string | undefined {
  const least = range.replace('>=', '');
  // Not by `localeCompare`: its rules take 9 ms to load, at each start of the command.
  const [numbers, leasts] = [version, least].map(text => text.split('.').map(Number)) as [number[], number[]];
  const differing = leasts.findIndex((number, i) => number !== numbers[i]);
  if (differing < 0 || numbers[differing]! > leasts[differing]!) return undefined;
  return `haven-chunks needs Node ${least} or later, and this is Node ${version}: install a newer one from https://nodejs.org`;
}

/** Message if this Node is too old for the command. */
export const unsupportedNode = nodeVersionError(process.versions.node, manifest.engines.node);
