/** The package as a user installs it, and the tools of test/consumers to build with it. */
import { cp, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputOf } from '#test/support/run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const consumers = join(root, 'test/consumers');
const bins = [
  join(root, 'node_modules/.bin'),
  join(consumers, 'node_modules/.bin'),
  dirname(process.execPath),
];
const env = { PATH: [...bins, process.env['PATH']].join(delimiter) };

/** Errors of npm if the registry cannot be reached. */
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONN(REFUSED|RESET|ABORTED)|E(NET|HOST)UNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|code E(429|5\d\d)/;

/** Runs a command with the tools on its path. @throws Error with what it printed, if it fails */
export function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  return outputOf(command, args, { cwd, env });
}

/**
 * Installs the packages of a folder as its lock file lists them.
 * @returns why that cannot be, if the registry is out of reach
 */
export async function installTools(folder = consumers): Promise<string | undefined> {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  try {
    await run(folder, 'npm', ...args);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (!UNREACHABLE.test(message)) throw error;
    return message;
  }
}

/** Packs the package into a folder. @returns the path of the tarball */
export async function packPackage(folder: string): Promise<string> {
  await run(root, 'npm', 'pack', '--silent', '--pack-destination', folder);
  const [tarball] = (await readdir(folder)).filter(file => file.endsWith('.tgz'));
  return join(folder, tarball!);
}

/** Folders of projects with a tarball installed, by its path. */
const installed = new Map<string, Promise<string>>();

/** A project of its own with the package installed, without any registry: npm installs it once, others are copies. */
export async function freshProject(
  parent: string,
  tarball: string,
  files: Record<string, string>,
): Promise<string> {
  const template = installed.get(tarball) ?? installProject(parent, tarball);
  installed.set(tarball, template);
  const folder = await mkdtemp(join(parent, 'project-'));
  await cp(await template, folder, { recursive: true, verbatimSymlinks: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

async function installProject(parent: string, tarball: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'installed-'));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball);
  return folder;
}
