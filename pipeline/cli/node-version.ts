/** What is wrong with the version of Node; undefined if it satisfies a range such as `>=22.18`. */
export function nodeVersionError(version: string, range: string): string | undefined {
  const least = range.replace('>=', '');
  if (version.localeCompare(least, 'en', { numeric: true }) >= 0) return undefined;
  return `haven-chunks needs Node ${least} or later, and this is Node ${version}: install a newer one from https://nodejs.org`;
}
