import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/commands/deploy.ts';
import { renderDeploy } from '../../src/terminal/deploy.ts';
import { PLAIN } from '../../src/terminal/style.ts';

const report: Deployment = {
  needed: true,
  dryRun: false,
  image: 'r/cog-converter@sha256:0a',
  build: 'done',
  definition: 'cog-converter-job',
  revision: 3,
  registration: 'done',
};

describe('renderDeploy', () => {
  it('says that a directory needs none', () => {
    expect(renderDeploy({ needed: false, directory: './data' }, PLAIN)).toEqual([
      'Nothing to deploy: ./data is a directory, and jobs run on this machine',
    ]);
  });

  it('tells what was made and what comes next', () => {
    expect(renderDeploy(report, PLAIN)).toEqual([
      'Image:           r/cog-converter@sha256:0a  built and pushed',
      'Job definition:  cog-converter-job:3  registered',
      'Deployed. Next: cogconv convert',
    ]);
  });

  it('says that nothing was to be done', () => {
    const lines = renderDeploy({ ...report, build: 'present', registration: 'present' }, PLAIN);
    expect(lines.at(-1)).toBe('Already deployed: nothing to do');
  });

  it('names an image that was given', () => {
    expect(renderDeploy({ ...report, build: null }, PLAIN)[0]).toBe(
      'Image:           r/cog-converter@sha256:0a  as given',
    );
  });

  it('says that a dry run did nothing', () => {
    const lines = renderDeploy(
      { ...report, dryRun: true, build: 'planned', revision: null, registration: 'planned' },
      PLAIN,
    );
    expect(lines).toEqual([
      'Image:           r/cog-converter@sha256:0a  would be built and pushed',
      'Job definition:  cog-converter-job  would be registered',
      'Dry run: nothing was built, pushed or registered',
    ]);
  });
});
