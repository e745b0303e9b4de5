import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it, vi } from 'vitest';
import { awsCode, toAwsError } from '../../src/aws/aws-error.ts';
import { createClients } from '../../src/aws/clients.ts';
import { AccessError, AwsError, InterruptedError, NotSetUpError } from '../../src/errors.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { openFrontDoor } from '../stage/front-door.ts';

const CALL = { service: 'Batch', operation: 'CreateComputeEnvironment', command: 'setup' };

function sdkError(name: string, message: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, requestId: 'req-1' } });
}

describe('toAwsError', () => {
  it('keeps operation, name, status and request id', () => {
    const error = toAwsError(sdkError('ClientException', 'maxvCpus is wrong', 400), CALL);
    expect(error).toBeInstanceOf(AwsError);
    expect(error.message).toBe(
      'Batch CreateComputeEnvironment failed: ClientException: maxvCpus is wrong (HTTP 400, req-1)',
    );
    expect(awsCode(error)).toBe('ClientException');
  });

  it('names the missing action and resource, and the policy to look at', () => {
    const text =
      'User: arn:aws:iam::123456789012:user/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/r because no identity-based policy allows it';
    const error = toAwsError(sdkError('AccessDeniedException', text, 403), CALL);
    expect(error).toBeInstanceOf(AccessError);
    expect(error.message).toBe(
      'access denied: your credentials may not iam:PassRole on arn:aws:iam::123456789012:role/r',
    );
    expect(error.hint).toContain('cogconv iam-policy --for setup');
  });

  it('makes the action from the call where the service does not name it', () => {
    const error = toAwsError(sdkError('UnauthorizedOperation', 'You are not authorized', 403), {
      service: 'EC2',
      operation: 'DescribeVpcs',
    });
    expect(error.message).toBe('access denied: your credentials may not ec2:DescribeVpcs');
  });

  it.each([
    ['TokenProviderError', 'Token is expired. To refresh this SSO session run aws sso login'],
    ['CredentialsProviderError', 'The SSO session associated with this profile has expired or is invalid'],
    ['ExpiredTokenException', 'The security token included in the request is expired'],
  ])('sends an expired session to aws sso login: %s', (name, message) => {
    const error = toAwsError(sdkError(name, message), CALL);
    expect(error).toBeInstanceOf(AccessError);
    expect(error.hint).toContain('aws sso login');
  });

  it('says how to give credentials when there are none', () => {
    const error = toAwsError(
      sdkError('CredentialsProviderError', 'Could not load credentials from any providers'),
      CALL,
    );
    expect(error).toBeInstanceOf(AccessError);
    expect(error.hint).toContain('AWS_PROFILE');
  });

  it('names the profile that has none, and the files that were looked in', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/etc/aws/config');
    vi.stubEnv('HOME', '/home/me');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const clock = new FakeClock();
    const clients = createClients({ region: 'us-east-1', profile: 'gsi' }, { clock });
    const asked = (await clients.sts()).send(new GetCallerIdentityCommand({}));
    await expect(asked).rejects.toMatchObject({
      exitCode: 5,
      message: 'no usable AWS credentials were found for the profile gsi',
      hint: expect.stringContaining('/etc/aws/config and /home/me/.aws/credentials') as string,
    });
    clients.close();
    vi.unstubAllEnvs();
  });

  it.each([
    [
      'ClientException',
      'Error executing request, Exception : arn:aws:batch:r:1:job-queue/q does not exist',
      'setup',
    ],
    ['ClientException', 'Job queue q does not exist', 'setup'],
    ['ClientException', 'JobDefinition does not exist or is not ACTIVE: j', 'deploy'],
    ['RepositoryNotFoundException', 'The repository with name x does not exist', 'setup'],
  ])('knows what a command has not made yet: %s %s', (name, message, command) => {
    const error = toAwsError(sdkError(name, message, 400), CALL);
    expect(error).toBeInstanceOf(NotSetUpError);
    expect(error.hint).toContain(`cogconv ${command}`);
  });

  it('says that AWS cannot be reached', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(toAwsError(refused, CALL).message).toContain('AWS cannot be reached (ECONNREFUSED)');
  });

  it.each([
    ['foo', 'the endpoint is no URL', 'https://host:port'],
    ['https', 'the endpoint does not speak TLS', 'http://host:port'],
  ])('says what is wrong with the endpoint %s', async (given, text, hint) => {
    const door = await openFrontDoor(() => 'http://127.0.0.1:9');
    const endpoint = given === 'https' ? door.endpoint.replace('http:', 'https:') : given;
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const clients = createClients({ region: 'us-east-1', profile: null }, { clock: new FakeClock() });
    const asked = (await clients.sts()).send(new GetCallerIdentityCommand({}));
    await expect(asked).rejects.toMatchObject({
      exitCode: 1,
      message: `STS GetCallerIdentity: ${text}`,
      hint: expect.stringContaining(hint) as string,
    });
    clients.close();
    vi.unstubAllEnvs();
    await door.close();
  });

  it('takes an aborted call for an interruption', () => {
    expect(toAwsError(sdkError('AbortError', 'Request aborted'), CALL)).toBeInstanceOf(InterruptedError);
  });
});
