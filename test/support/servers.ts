/** Real servers from Debian's packages, on free ports of this machine, for one test file each. */
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killProcess, runProcessSync, startProcess, succeeds } from './run-command.ts';

export const NGINX = '/usr/sbin/nginx';
export const AWS = '/usr/bin/aws';
const RGW = ['/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw', '/usr/bin/ceph'];

/** True if an S3-compatible server, and the AWS command line to talk to it, are installed. */
export const hasS3 = [...RGW, AWS].every(file => existsSync(file));

const POSTGRES_VERSIONS = '/usr/lib/postgresql';
const [postgresVersion] = existsSync(POSTGRES_VERSIONS)
  ? readdirSync(POSTGRES_VERSIONS).sort().reverse()
  : [];

/** True if PostgreSQL is installed. */
export const hasPostgres = postgresVersion !== undefined;

export interface Running {
  readonly url: string;
  stop(): void;
}

/**
 * Ports that nothing listens on, all different. They lie below the range from which systems choose free ports, so
 * that no server of another test takes one of them.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    await once(server.close(), 'close');
    return true;
  } catch {
    return false;
  }
}

/** Starts a server in the foreground, and waits until a port answers. @throws if the server ends first */
async function startServer(port: number, command: string, ...args: string[]): Promise<ChildProcess> {
  const server = startProcess(command, args);
  server.stdout!.resume();
  server.stderr!.resume();
  for (;;) {
    const ended = server.exitCode ?? server.signalCode;
    if (ended !== null) throw new Error(`${command} ${args.join(' ')} ended with ${ended}`);
    const socket = connect(port, '127.0.0.1');
    const isUp = await new Promise<boolean>(done => {
      socket.once('connect', () => done(true)).once('error', () => done(false));
    });
    socket.destroy();
    if (isUp) return server;
    await delay(10);
  }
}

/**
 * nginx with one server.
 * @param folder an empty folder for its own files
 * @param server directives of the `server` block
 */
export async function startNginx(folder: string, server: string): Promise<Running> {
  const [port] = (await freePorts(1)) as [number];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log off; ${temporary}
server { listen 127.0.0.1:${port}; ${server} } }`,
  );
  const args = ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
  const nginx = await startServer(port, NGINX, ...args);
  return { url: `http://127.0.0.1:${port}/`, stop: () => killProcess(nginx) };
}

/**
 * PostgreSQL with a user `haven`, whose password is `secret`.
 * @param folder an empty folder for its own files, which must be readable for other users below too
 * @returns the URL with user and password, without a database
 */
export async function startPostgres(folder: string): Promise<Running> {
  const [port] = (await freePorts(1)) as [number];
  const data = join(folder, 'data');
  await mkdir(data);
  // The server refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  if (asUser.length > 0) {
    const idOf = (flag: string) => Number(runProcessSync('id', [flag, 'postgres']).stdout);
    await chmod(folder, 0o755);
    await chown(data, idOf('-u'), idOf('-g'));
  }
  const passwords = join(folder, 'password');
  await writeFile(passwords, 'secret');
  const command = (name: string, ...args: string[]) =>
    [...asUser, join(POSTGRES_VERSIONS, postgresVersion!, 'bin', name), ...args] as [string, ...string[]];
  const [init, ...initArgs] = command(
    ...(['initdb', '-D', data, '-U', 'haven', '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'] as const),
    `--pwfile=${passwords}`,
  );
  const { code, stderr } = runProcessSync(init, initArgs);
  if (code !== 0) throw new Error(`initdb failed: ${stderr}`);
  // Shared memory is a file of its folder: other kinds outlive a server that is killed.
  const shared = ['-c', 'dynamic_shared_memory_type=mmap'];
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F', ...shared];
  const server = await startServer(port, ...command('postgres', ...options));
  while (
    !succeeds(join(POSTGRES_VERSIONS, postgresVersion!, 'bin/pg_isready'), [
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
    ])
  )
    await delay(10);
  return { url: `postgres://haven:secret@127.0.0.1:${port}/`, stop: () => killProcess(server) };
}

/** Credentials that the S3-compatible server knows, as environment variables. */
export const S3_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/**
 * Ceph's RADOS Gateway, an S3-compatible server, on a store in memory.
 * @param folder an empty folder for its own files
 */
export async function startS3(folder: string): Promise<Running> {
  const [port, v2, v1, first] = (await freePorts(4)) as [number, number, number, number];
  const conf = join(folder, 'ceph.conf');
  for (const name of ['mon', 'osd', 'run', 'rgw']) await mkdir(join(folder, name));
  const fsid = '6f1ed002-ab5c-4a5e-9d5c-1f6d3a1b2c3d';
  const uuid = '0b6d1f3e-5a4c-4f0e-8a7b-9c2d3e4f5a6b';
  await writeFile(conf, cephConf({ folder, fsid, port, v2, v1, first }));
  const run = (command: string, ...args: string[]) => {
    const { code, stderr } = runProcessSync(command, ['-c', conf, ...args]);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  };
  const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
  run('monmaptool', '--create', '--addv', 'a', address, '--fsid', fsid, join(folder, 'monmap'));
  run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', join(folder, 'monmap'));
  const servers = [await startServer(v2, 'ceph-mon', '-f', '-c', conf, '-i', 'a')];
  run('ceph', 'osd', 'new', uuid);
  run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', uuid);
  servers.push(startProcess('ceph-osd', ['-f', '-c', conf, '-i', '0']));
  servers.push(await startServer(port, 'radosgw', '-f', '-c', conf, '-n', 'client.rgw'));
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = S3_CREDENTIALS;
  const user = ['--uid', 'test', '--display-name', 'test', '--access-key', key, '--secret-key', secret];
  run('radosgw-admin', 'user', 'create', ...user);
  return { url: `http://127.0.0.1:${port}/`, stop: () => servers.forEach(killProcess) };
}

interface CephOptions {
  readonly folder: string;
  readonly fsid: string;
  readonly port: number;
  readonly v2: number;
  readonly v1: number;
  /** First of the ports for the daemons among themselves. */
  readonly first: number;
}

/** One monitor, one store in memory and a gateway, on loopback. Without `crc` the gateway hangs where keys are off. */
function cephConf({ folder, fsid, port, v2, v1, first }: CephOptions): string {
  const entities = ['cluster', 'service', 'client'].map(name => `auth_${name}_required = none`);
  const modes = ['mon_client', 'mon_service', 'mon_cluster', 'client', 'service', 'cluster'].map(
    name => `ms_${name}_mode = crc`,
  );
  return `[global]
fsid = ${fsid}
mon_initial_members = a
mon_host = [v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]
ms_bind_port_min = ${first}
ms_bind_port_max = ${first + 100}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
${entities.join('\n')}
auth_allow_insecure_global_id_reclaim = true
${modes.join('\n')}
run_dir = ${folder}/run
admin_socket = ${folder}/run/$name.asok
log_file = ${folder}/run/$name.log
pid_file = ${folder}/run/$name.pid
crash_dir = ${folder}/run
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
mon_data_avail_warn = 0
mon_data_avail_crit = 0
[mon.a]
mon_data = ${folder}/mon
[osd.0]
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 1073741824
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw_data = ${folder}/rgw
rgw_enable_usage_log = false
rgw_enable_ops_log = false
rgw_dynamic_resharding = false
`;
}
