/** All commands, in the order of the help. Each is loaded when it is needed: `--version` loads none. */
import type { Command } from '#pipeline/cli/command.ts';

export interface CommandEntry {
  readonly name: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'build', load: async () => (await import('./build-command.ts')).buildCommand },
  { name: 'update', load: async () => (await import('./update-command.ts')).updateCommand },
  { name: 'query sphere', load: async () => (await import('./query-sphere-command.ts')).querySphereCommand },
  {
    name: 'query nearest',
    load: async () => (await import('./query-nearest-command.ts')).queryNearestCommand,
  },
  { name: 'query box', load: async () => (await import('./query-box-command.ts')).queryBoxCommand },
  { name: 'query system', load: async () => (await import('./query-system-command.ts')).querySystemCommand },
  { name: 'query search', load: async () => (await import('./query-search-command.ts')).querySearchCommand },
  { name: 'query page', load: async () => (await import('./query-page-command.ts')).queryPageCommand },
  {
    name: 'query regions',
    load: async () => (await import('./query-regions-command.ts')).queryRegionsCommand,
  },
  {
    name: 'query facets',
    load: async () => (await import('./query-facets-command.ts')).queryFacetsCommand,
  },
  { name: 'query list', load: async () => (await import('./query-list-command.ts')).queryListCommand },
  { name: 'query names', load: async () => (await import('./query-names-command.ts')).queryNamesCommand },
  { name: 'inspect', load: async () => (await import('./inspect-command.ts')).inspectCommand },
  { name: 'verify', load: async () => (await import('./verify-command.ts')).verifyCommand },
  { name: 'export', load: async () => (await import('./export-command.ts')).exportCommand },
  { name: 'diff', load: async () => (await import('./diff-command.ts')).diffCommand },
  { name: 'publish', load: async () => (await import('./publish-command.ts')).publishCommand },
  { name: 'history', load: async () => (await import('./history-command.ts')).historyCommand },
  { name: 'rollback', load: async () => (await import('./rollback-command.ts')).rollbackCommand },
  { name: 'gc', load: async () => (await import('./gc-command.ts')).gcCommand },
  { name: 'serve', load: async () => (await import('./serve-command.ts')).serveCommand },
  { name: 'demo', load: async () => (await import('./demo-command.ts')).demoCommand },
  { name: 'completion', load: async () => (await import('./completion-command.ts')).completionCommand },
];

export function loadCommands(entries: readonly CommandEntry[] = COMMANDS): Promise<Command[]> {
  return Promise.all(entries.map(entry => entry.load()));
}
