import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { crc32 } from 'node:zlib';
import type { ProcessIdentity } from '../contract/result.ts';

/** Where processes are asked for. */
export interface Here {
  readonly host: string;
  /** What `host` holds beside the name: the boot, the machine alone (so that a pid may be of another boot), or nothing. */
  readonly knownBy: 'boot' | 'machine' | 'name';
  exists(pid: number): boolean;
  /** null: nothing tells when it started. */
  startOf(pid: number): string | null;
}

/**
 * The running process. On Linux, host = host name, boot id and pid namespace, started = clock ticks since boot. Elsewhere
 * host = host name and a checksum of the network hardware, as many machines have one name, and started is `-`.
 */
export function ownIdentity(): ProcessIdentity {
  return { host: thisHost().host, pid: process.pid, started: startTicks(process.pid) ?? '-' };
}

/**
 * Whether that very process still runs; null when nobody here can know: it belongs to another host or container, or a process
 * has its pid and neither boot nor start tell whether it is that one. Then the owner's heartbeat decides.
 */
export function isAlive(identity: ProcessIdentity): boolean | null {
  return lifeOf(identity, here());
}

/** This machine, as it is now. */
export function here(): Here {
  return { ...thisHost(), exists, startOf: startTicks };
}

/** `isAlive` for any place. */
export function lifeOf(identity: ProcessIdentity, place: Here): boolean | null {
  if (identity.host !== place.host) return sameMachineEarlierBoot(identity.host, place.host) ? false : null;
  // by a name alone, a run of another machine would be taken for dead as soon as this one has no such pid
  if (!place.exists(identity.pid)) return place.knownBy === 'name' ? null : false;
  const started = place.startOf(identity.pid);
  const isTold = place.knownBy === 'boot' && started !== null && identity.started !== '-';
  return isTold ? started === identity.started : null;
}

function thisHost(): Pick<Here, 'host' | 'knownBy'> {
  const name = hostname();
  const boot = readOr('/proc/sys/kernel/random/boot_id');
  if (boot !== '') return { host: `${name} ${boot} ${linkOr('/proc/self/ns/pid')}`.trim(), knownBy: 'boot' };
  const hardware = networkHardware();
  if (hardware.length === 0) return { host: name, knownBy: 'name' };
  return { host: `${name} ${crc32(hardware.join(' ')).toString(16)}`, knownBy: 'machine' };
}

/** A laptop that changes its network meanwhile is another host to itself: then nothing is known, which is never wrong. */
function networkHardware(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all);
  const external = addresses.filter(({ internal, mac }) => !internal && mac !== '00:00:00:00:00:00');
  return [...new Set(external.map(({ mac }) => mac))].sort();
}

/** Same host name, another boot: whatever ran then is gone. A host name alone (no boot id) tells nothing. */
function sameMachineEarlierBoot(theirs: string, ours: string): boolean {
  const [theirName, theirBoot, theirSpace] = theirs.split(' ');
  const [ourName, ourBoot, ourSpace] = ours.split(' ');
  if (theirBoot === undefined || ourBoot === undefined || theirSpace === undefined) return false;
  return theirName === ourName && theirSpace === ourSpace && theirBoot !== ourBoot;
}

/** Signal 0 only asks; EPERM = it exists and belongs to somebody else. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat; the program name (field 2) may hold spaces and brackets, so count from its end. A zombie has ended. */
function startTicks(pid: number): string | null {
  const stat = readOr(`/proc/${String(pid)}/stat`);
  if (stat === '') return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? null);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkOr(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
