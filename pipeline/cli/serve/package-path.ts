import { fileURLToPath } from 'node:url';
import { packageUrl } from '#pipeline/store/package-url.ts';

/**
 * The path of a file or folder that is shipped with the command.
 * @param inPackage relative to the package, wherever the bundler put this module in `dist`
 * @param inSources relative to the repository
 */
export function packagePath(inPackage: string, inSources = inPackage): string {
  return fileURLToPath(packageUrl(inPackage, inSources));
}
