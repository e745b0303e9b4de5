import { describe, expect, it } from 'vitest';
import { readRunRecords } from '../../src/bucket/run-ledger.ts';
import { claimRun } from '../../src/commands/claim-run.ts';
import { planOf } from '../../src/commands/convert.ts';
import { driveRun } from '../../src/commands/drive-run.ts';
import { selectionOf } from '../../src/commands/selection.ts';
import { lookAtRuns, takeSnapshot, type SnapshotDeps } from '../../src/commands/snapshot.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import { configOf, Lab, PLAIN } from './lab.ts';

const MINUTE_MS = 60_000;
const config = configOf({ FILES_PER_JOB: '1' });

/** Two jobs, of which writing each manifest takes so long. */
async function claimedSlowly(minutes: number): Promise<{ readonly lab: Lab; readonly record: RunRecord }> {
  const lab = new Lab();
  await lab.put('src/a.tif', 'src/b.tif');
  const snapshot = await takeSnapshot(lab.deps, config, selectionOf(config));
  const write = lab.store.writeText.bind(lab.store);
  lab.store.writeText = async (key, text, options) => {
    if (/-\d+\.json$/.test(key)) lab.clock.advance(minutes * MINUTE_MS);
    return write(key, text, options);
  };
  const record = await claimRun(lab.deps, config, snapshot, planOf(snapshot, config, PLAIN));
  if (record === 'taken') throw new Error('taken');
  return { lab, record };
}

/** As another machine sees it, which knows nothing of this one's processes. */
function elsewhere({ deps }: Lab): SnapshotDeps {
  return { ...deps, processes: { own: deps.processes.own, isAlive: () => null } };
}

describe('a run whose manifests took longer to write than a dead owner is silent', () => {
  it('is alive for other machines once it is published', async () => {
    const { lab } = await claimedSlowly(4);
    const [run] = await lookAtRuns(elsewhere(lab), config);
    expect(run).toMatchObject({ active: true, record: { state: 'published' } });
  });

  it('tells of itself with all that it saves', async () => {
    const { lab, record } = await claimedSlowly(0);
    lab.clock.advance(4 * MINUTE_MS);
    await driveRun(lab.deps, config, record, false);
    const [saved] = await readRunRecords(lab.store, config.cogPrefix);
    expect(Date.parse(saved?.heartbeatAt ?? '') - Date.parse(record.heartbeatAt)).toBe(4 * MINUTE_MS);
  });
});
