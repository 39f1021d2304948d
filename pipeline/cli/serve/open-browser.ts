import { spawn } from 'node:child_process';

/** The program that opens a URL, by platform; the environment variable BROWSER names another one. */
const PROGRAMS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
};

/** Opens a URL in the browser of the user. @returns false if that is not possible */
export function openBrowser(url: string): Promise<boolean> {
  const own = process.env['BROWSER'];
  const [command, ...args] = own ? [own] : (PROGRAMS[process.platform] ?? ['xdg-open']);
  return new Promise(resolve => {
    const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
