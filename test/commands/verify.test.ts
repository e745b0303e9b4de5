import { describe, expect, it } from 'vitest';
import { convert } from '../../src/commands/convert.ts';
import { verify, type VerifyDeps, type VerifyWishes } from '../../src/commands/verify.ts';
import type { VerifiedFile, VerifyFile } from '../../src/contract/verification.ts';
import type { WorkerVerdict } from '../../src/plan/worker-exit.ts';
import type { Verifier, VerifyWork } from '../../src/ports.ts';
import { configOf, Lab, PLAIN } from './lab.ts';

const CONFIG = configOf();
const WISHES: VerifyWishes = { pixels: false, sample: null, seed: '', keys: null };
const ENDED: WorkerVerdict = { kind: 'succeeded', reason: null };

/** Finds what it is told to find; everything else is verified. */
class FakeVerifier implements Verifier {
  readonly asked: VerifyWork[] = [];
  readonly #lab: Lab;
  readonly different = new Set<string>();
  /** Tells so many COGs and ends as a worker that was killed. */
  diesAfter = Infinity;
  verdict = ENDED;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async verify(work: VerifyWork, { onFile }: Parameters<Verifier['verify']>[1]): Promise<WorkerVerdict> {
    this.asked.push(work);
    for (const file of work.files.slice(0, this.diesAfter)) onFile(await this.#look(file));
    return work.files.length > this.diesAfter
      ? { kind: 'again', reason: 'the worker was ended by SIGKILL' }
      : this.verdict;
  }

  async #look({ source, target }: VerifyFile): Promise<VerifiedFile> {
    const found = source === null ? null : await this.#lab.store.head(source);
    const isDifferent = this.different.has(target);
    return {
      source,
      target,
      outcome: isDifferent ? 'different' : found === null ? 'source-gone' : 'verified',
      differences: isDifferent ? [{ check: 'pixels', message: 'row 3' }] : [],
      reason: '',
      sourceEtag: found?.etag ?? '',
      isSourceNewer: false,
    };
  }
}

async function converted(
  ...names: readonly string[]
): Promise<{ lab: Lab; verifier: FakeVerifier; deps: VerifyDeps }> {
  const lab = new Lab();
  await lab.put(...names.map((name) => `src/${name}.tif`));
  await convert(lab.deps, CONFIG, PLAIN);
  const verifier = new FakeVerifier(lab);
  const { store, reporter, stop, kill } = lab.deps;
  return { lab, verifier, deps: { store, reporter, verifier, stop, kill } };
}

const targetsOf = ({ asked }: FakeVerifier): string[] =>
  asked.flatMap(({ files }) => files.map(({ target }) => target));

describe('verify', () => {
  it('looks at the COGs of the sources that the settings mean, and says 0 when all are good', async () => {
    const { lab, verifier, deps } = await converted('public_a', 'b');
    await lab.put('src/pending.tif');
    const config = configOf({ RASTER_TYPE: 'public', FILE_TIMEOUT: '90' });
    const { report, exitCode } = await verify(deps, config, { ...WISHES, pixels: true });
    expect(verifier.asked).toEqual([
      {
        pixels: true,
        fileTimeoutSeconds: 90,
        files: [{ source: 'src/public_a.tif', target: 'cogs/a_cog.tif', sidecars: [] }],
      },
    ]);
    expect(report).toMatchObject({ total: 1, pixels: true, counts: { verified: 1 }, leftOut: [] });
    expect(exitCode).toBe(0);
    expect(
      lab.reporter.states.filter((state) => state?.kind === 'count' && state.what === 'verifying'),
    ).toEqual([{ kind: 'count', what: 'verifying', done: 1, total: 1 }]);
  });

  it('exits 3 for a COG that differs from the source it was made from, 0 where the source was replaced since', async () => {
    const { lab, verifier, deps } = await converted('a', 'b');
    verifier.different.add('cogs/a_cog.tif');
    expect(await verify(deps, CONFIG, WISHES)).toMatchObject({
      exitCode: 3,
      report: { counts: { different: 1, verified: 1 } },
    });
    await lab.put('src/a.tif');
    const { report, exitCode } = await verify(deps, CONFIG, WISHES);
    expect(report.counts).toMatchObject({ different: 0, 'source-changed': 1, verified: 1 });
    expect(exitCode).toBe(0);
  });

  it('knows the source of a COG whose source was deleted, so that selections hold for it too', async () => {
    const { lab, verifier, deps } = await converted('public_a', 'b');
    await lab.store.delete('src/public_a.tif');
    await lab.store.writeText('cogs/foreign_cog.tif', 'x', {
      condition: 'always',
      contentType: 'image/tiff',
    });
    const all = await verify(deps, CONFIG, WISHES);
    expect(targetsOf(verifier)).toEqual(['cogs/b_cog.tif', 'cogs/a_cog.tif', 'cogs/foreign_cog.tif']);
    expect(all.report.files.map(({ source, outcome }) => [source, outcome])).toEqual([
      ['src/b.tif', 'verified'],
      ['src/public_a.tif', 'source-gone'],
      [null, 'source-gone'],
    ]);
    expect(all.exitCode).toBe(0);
    const publicOnes = await verify(deps, configOf({ RASTER_TYPE: 'public' }), WISHES);
    expect(publicOnes.report.files.map(({ target }) => target)).toEqual(['cogs/a_cog.tif']);
  });

  it('exits 3 when keys that were named have no COG', async () => {
    const { lab, deps } = await converted('a', 'gone');
    await lab.put('src/new.tif', 'src/public_x.tif', 'src/x.tif');
    await lab.store.delete('src/gone.tif');
    const keys = new Set(['src/a.tif', 'src/gone.tif', 'src/new.tif', 'src/x.tif', 'src/none.tif']);
    const { report, exitCode } = await verify(deps, CONFIG, { ...WISHES, keys });
    expect(report.files.map(({ target }) => target)).toEqual(['cogs/a_cog.tif', 'cogs/gone_cog.tif']);
    expect(report.leftOut).toEqual([
      { why: 'not-found', count: 1, examples: ['src/none.tif'] },
      { why: 'no-cog', count: 1, examples: ['src/new.tif'] },
      { why: 'collision', count: 1, examples: ['src/x.tif'] },
    ]);
    expect(exitCode).toBe(3);
    const one = await verify(deps, CONFIG, { ...WISHES, keys: new Set(['src/a.tif']) });
    expect(one).toMatchObject({ exitCode: 0, report: { leftOut: [] } });
  });

  it('goes on after a worker that was killed, and calls unchecked what none could tell of', async () => {
    const { verifier, deps } = await converted('a', 'b', 'c', 'd', 'e');
    verifier.diesAfter = 2;
    expect((await verify(deps, CONFIG, WISHES)).exitCode).toBe(0);
    verifier.diesAfter = 1;
    const { report, exitCode } = await verify(deps, CONFIG, WISHES);
    expect(report.counts).toMatchObject({ verified: 3, unchecked: 2 });
    expect(report.files.at(-1)).toMatchObject({
      outcome: 'unchecked',
      reason: 'the worker was ended by SIGKILL',
    });
    expect(exitCode).toBe(3);
  });

  it('fails where nothing can be verified at all', async () => {
    const { verifier, deps } = await converted('a');
    verifier.diesAfter = 0;
    verifier.verify = () =>
      Promise.resolve({ kind: 'broken', reason: 'the worker refused its job: no GDAL' });
    await expect(verify(deps, CONFIG, WISHES)).rejects.toThrow(
      'nothing can be verified: the worker refused its job: no GDAL',
    );
  });

  it('tells what it found when it is interrupted', async () => {
    const { lab, verifier, deps } = await converted('a', 'b');
    verifier.verify = async (work, hooks) => {
      await new FakeVerifier(lab).verify({ ...work, files: work.files.slice(0, 1) }, hooks);
      lab.stopping.abort();
      return { kind: 'again', reason: 'temporary trouble' };
    };
    const { report, exitCode } = await verify(deps, CONFIG, WISHES);
    expect(report).toMatchObject({ interrupted: true, total: 2, counts: { verified: 1, unchecked: 0 } });
    expect(exitCode).toBe(130);
  });

  it('warns of a bucket without COGs', async () => {
    const lab = new Lab();
    const { report, exitCode } = await verify(
      { ...lab.deps, verifier: new FakeVerifier(lab) },
      CONFIG,
      WISHES,
    );
    expect(report.total).toBe(0);
    expect(exitCode).toBe(0);
    expect(lab.reporter.warnings).toEqual([expect.stringContaining('no COG to verify')]);
  });
});
