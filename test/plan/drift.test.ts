import { describe, expect, it } from 'vitest';
import { describeDrift, EXTERNAL_IMAGE, type DeployedFacts, type WantedFacts } from '../../src/plan/drift.ts';

const deployed: DeployedFacts = {
  parameters: {
    'cogconv-version': '1.0.0',
    'cogconv-image': 'aa',
    'cogconv-storage': 's3://rasters/raw/ to s3://rasters/cogs/',
  },
  jobRoleArn: 'arn:aws:iam::123456789012:role/x-job-role',
  logGroup: '/aws/batch/x',
};
const wanted: WantedFacts = {
  version: '1.0.0',
  imageHash: 'aa',
  jobRoleName: 'x-job-role',
  logGroup: '/aws/batch/x',
  storage: { bucket: 'rasters', sourcePrefix: 'raw/', cogPrefix: 'cogs/' },
};

describe('describeDrift', () => {
  it('says nothing when what is deployed is what is wanted', () => {
    expect(describeDrift(deployed, wanted)).toEqual([]);
  });

  it('names the versions when the worker is another one', () => {
    expect(describeDrift(deployed, { ...wanted, version: '1.1.0', imageHash: 'bb' })).toEqual([
      'the deployed worker is cogconv 1.0.0, this is 1.1.0; run cogconv deploy to change that',
    ]);
  });

  it('says that base images differ within one version', () => {
    expect(describeDrift(deployed, { ...wanted, imageHash: 'bb' })).toEqual([
      expect.stringContaining('GDAL_IMAGE'),
    ]);
  });

  it('leaves an image that was given with --image to whoever built it', () => {
    const parameters = { ...deployed.parameters, 'cogconv-image': EXTERNAL_IMAGE };
    expect(describeDrift({ ...deployed, parameters }, wanted)).toEqual([]);
  });

  it('warns of a definition that deploy did not make', () => {
    expect(describeDrift({ ...deployed, parameters: {} }, wanted)).toEqual([
      expect.stringContaining('not made by'),
    ]);
  });

  it('sees that BATCH_JOB_NAME changed', () => {
    const drift = describeDrift(deployed, { ...wanted, jobRoleName: 'y-job-role', logGroup: '/aws/batch/y' });
    expect(drift).toHaveLength(2);
    expect(drift[0]).toContain('x-job-role');
  });

  it('sees that the job role is for another prefix, whose jobs would all be denied', () => {
    const storage = { ...wanted.storage, cogPrefix: 'others/' };
    expect(describeDrift(deployed, { ...wanted, storage })).toEqual([
      'setup and deploy were for s3://rasters/raw/ to s3://rasters/cogs/, this is s3://rasters/raw/ to s3://rasters/others/: jobs may be denied access; run cogconv setup and cogconv deploy with these settings',
    ]);
  });
});
