import { readFileSync } from 'node:fs';

/** A user in a message: the name, if this machine's list of users has it, and the id. */
export function userName(id: number): string {
  const name = localUsers().find(([, , uid]) => Number(uid) === id)?.[0];
  return name === undefined ? `the user with the id ${id}` : `the user ${name} (id ${id})`;
}

/** Lines of `/etc/passwd`, as fields; none if the system has no such file. */
function localUsers(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map(line => line.split(':'));
  } catch {
    return [];
  }
}
