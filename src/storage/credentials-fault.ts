import type { SoughtProfile } from './sought-profile.ts';

/** What is wrong with the credentials, and what to do. */
export interface CredentialsFault {
  readonly text: string;
  readonly hint: string;
}

const NONE =
  'set AWS_PROFILE to a profile of ~/.aws/config, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`';

const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError'];
const EXPIRED = [
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestExpiredException',
  'TokenRefreshRequired',
];
const WRONG = [
  'InvalidClientTokenId',
  'InvalidClientTokenIdException',
  'UnrecognizedClientException',
  'AuthFailure',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
];

/**
 * Tells it from the code and text of an SDK error, whichever service answered, and the profile that was wanted; null: it is
 * about something else.
 */
export function credentialsFault(
  code: string,
  message: string,
  profile: SoughtProfile | null,
): CredentialsFault | null {
  const isSso = /\bsso\b/i.test(message);
  if (EXPIRED.includes(code) || (isSso && /expired|invalid|refresh/i.test(message))) {
    return { text: 'the AWS credentials have expired', hint: loginHint(profile) };
  }
  if (NO_CREDENTIALS.includes(code)) return noCredentials(profile, isSso);
  if (code === 'RequestTimeTooSkewed') {
    const hint = 'set the clock: AWS refuses requests that are more than 15 minutes off';
    return { text: 'the clock of this machine is wrong', hint };
  }
  if (WRONG.includes(code)) {
    const hint = 'check the access key, its region (AWS_REGION) and the clock of this machine';
    return { text: 'AWS does not accept the credentials', hint };
  }
  return null;
}

function noCredentials(profile: SoughtProfile | null, isSso: boolean): CredentialsFault {
  const text = 'no usable AWS credentials were found';
  if (profile === null) return { text, hint: isSso ? loginHint(null) : NONE };
  const where = profile.files.join(' and ');
  const lookedFor = `check AWS_PROFILE: its credentials were looked for in ${where} (\`aws configure list-profiles\` names what is there)`;
  return { text: `${text} for the profile ${profile.name}`, hint: isSso ? loginHint(profile) : lookedFor };
}

function loginHint(profile: SoughtProfile | null): string {
  const login = profile === null ? 'aws sso login' : `aws sso login --profile ${profile.name}`;
  return `run \`${login}\`, or renew the credentials, then try again`;
}
