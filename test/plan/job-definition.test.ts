import { describe, expect, it } from 'vitest';
import { jobDefinition, type JobDefinitionFacts } from '../../src/plan/job-definition.ts';

const facts: JobDefinitionFacts = {
  name: 'cog-converter-job',
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/cog-converter@sha256:0a',
  jobRoleArn: 'arn:aws:iam::123456789012:role/cog-converter-job-role',
  logGroup: '/aws/batch/cog-converter',
  region: 'us-east-1',
  vcpus: 2,
  memoryMiB: 4096,
  timeoutSeconds: null,
  tags: { app: 'cogconv' },
  parameters: { 'cogconv-image': '0a' },
};

describe('jobDefinition', () => {
  it('retries what is worth it and ends the rest, in five rules', () => {
    const { attempts, evaluateOnExit } = jobDefinition(facts).retryStrategy;
    expect(attempts).toBe(5);
    expect(evaluateOnExit).toEqual([
      { onStatusReason: 'Host EC2*', action: 'RETRY' },
      { onReason: 'CannotPull*', action: 'RETRY' },
      { onStatusReason: 'Task failed to start*', action: 'RETRY' },
      { onExitCode: '75', action: 'RETRY' },
      { onReason: '*', action: 'EXIT' },
    ]);
  });

  it('states sizes as resourceRequirements, never in the deprecated keys', () => {
    const { containerProperties } = jobDefinition(facts);
    expect(containerProperties.resourceRequirements).toEqual([
      { type: 'VCPU', value: '2' },
      { type: 'MEMORY', value: '4096' },
    ]);
    expect(Object.keys(containerProperties)).not.toContain('vcpus');
  });

  it('runs as nobody on a read-only root with an init process, its log in the group of its own', () => {
    expect(jobDefinition(facts).containerProperties).toMatchObject({
      user: '10001:10001',
      readonlyRootFilesystem: true,
      privileged: false,
      linuxParameters: { initProcessEnabled: true },
      logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': '/aws/batch/cog-converter' } },
    });
  });

  it('has a timeout only where JOB_TIMEOUT sets one', () => {
    expect(jobDefinition(facts)).not.toHaveProperty('timeout');
    expect(jobDefinition({ ...facts, timeoutSeconds: 600 }).timeout).toEqual({ attemptDurationSeconds: 600 });
  });
});
