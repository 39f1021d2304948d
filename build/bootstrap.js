import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

// Plain JavaScript that imports only modules of Node: on a fresh clone it runs with any installed Node (>= 20).

const root = fileURLToPath(new URL('..', import.meta.url));
const node = `${root}node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`;

/**
 * The packages that a lock file lists, by folder.
 * @param {string} file relative to the repository
 * @returns {Record<string, { version: string, integrity?: string, optional?: true, devOptional?: true }>}
 */
function packagesIn(file) {
  const { '': _root, ...packages } = JSON.parse(readFileSync(root + file, 'utf8')).packages;
  return packages;
}

/** True if the project's own Node, which runs its scripts, is installed. */
export function isNodeInstalled() {
  return existsSync(node);
}

/** True if every non-optional package of package-lock.json is in node_modules as listed. */
function isInstalled() {
  if (!isNodeInstalled() || !existsSync(`${root}node_modules/.package-lock.json`)) return false;
  const installed = packagesIn('node_modules/.package-lock.json');
  return Object.entries(packagesIn('package-lock.json')).every(([folder, wanted]) => {
    const found = installed[folder];
    if (!found) return wanted.optional || wanted.devOptional;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/**
 * Installs the packages of package-lock.json unless they are installed; throws an Error with npm's output on failure.
 */
export function ensureInstalled() {
  if (isInstalled()) return;
  process.stderr.write('Installing the packages of package-lock.json (npm ci), about half a minute ...\n');
  const { status, error, stdout, stderr } = spawnSync(
    'npm',
    ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`npm ci failed in ${root}: ${error?.message ?? stdout + stderr}`);
  if (!isNodeInstalled()) {
    throw new Error(
      `npm ci left no ${node}: allow the install script of the package "node", then run "npm rebuild node"`,
    );
  }
}

/**
 * Runs a script of build/ under the project's own Node, with this process's arguments, and exits like the script:
 * same exit code, or 128 + the signal's number.
 * @param {string} script file name in build/
 */
export function handOn(script) {
  try {
    ensureInstalled();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
  const child = spawn(node, [`${root}build/${script}`, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // Ctrl-C in a terminal goes to the child as well: twice would end it before it has cleaned up.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', error => {
    process.stderr.write(`${node} does not start: ${error.message}; remove node_modules and try again\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}
