import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessIdentity } from '../contract/result.ts';

/**
 * The running process. On Linux, host = host name, boot id and pid namespace, started = clock ticks since boot;
 * elsewhere host = host name and started is empty, so that only the pid tells.
 */
export function ownIdentity(): ProcessIdentity {
  return { host: ownHost(), pid: process.pid, started: startTicks(process.pid) ?? '-' };
}

/** Whether that very process still runs; null when it belongs to another host, boot or container and nobody here can know. */
export function isAlive(identity: ProcessIdentity): boolean | null {
  const host = ownHost();
  if (identity.host !== host) return sameMachineEarlierBoot(identity.host, host) ? false : null;
  if (!exists(identity.pid)) return false;
  const started = startTicks(identity.pid);
  return started === null || identity.started === '-' || started === identity.started;
}

function ownHost(): string {
  const boot = readOr('/proc/sys/kernel/random/boot_id');
  const space = linkOr('/proc/self/ns/pid');
  return [hostname(), boot, space].filter((part) => part !== '').join(' ');
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
