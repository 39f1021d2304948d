/**
 * The URL of a file or folder of the package, which need not exist.
 * @param inPackage relative to the package, wherever the bundler put this module in `dist`
 * @param inSources relative to the repository
 */
export function packageUrl(inPackage: string, inSources: string): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL(`../../${inSources}`, import.meta.url)
    : new URL(import.meta.url.replace(/\/dist\/(?!.*\/dist\/).*/, `/${inPackage}`));
}
