import { fileURLToPath } from 'node:url';

/**
 * The path of a file or folder that is shipped with the command.
 * @param inPackage relative to the package, wherever the bundler put this module in `dist`
 * @param inSources relative to the repository
 */
export function packagePath(inPackage: string, inSources = inPackage): string {
  const url = import.meta.url.endsWith('.ts')
    ? new URL(`../../../${inSources}`, import.meta.url)
    : new URL(import.meta.url.replace(/\/dist\/(?!.*\/dist\/).*/, `/${inPackage}`));
  return fileURLToPath(url);
}
