/** What is wrong with the credentials, and what to do. */
export interface CredentialsFault {
  readonly text: string;
  readonly hint: string;
}

const LOGIN =
  'run `aws sso login` (with --profile NAME if you use one), or renew the credentials, then try again';
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

/** Tells it from the code and text of an SDK error, whichever service answered; null: it is about something else. */
export function credentialsFault(code: string, message: string): CredentialsFault | null {
  const isSso = /\bsso\b/i.test(message);
  if (EXPIRED.includes(code) || (isSso && /expired|invalid|refresh/i.test(message))) {
    return { text: 'the AWS credentials have expired', hint: LOGIN };
  }
  if (NO_CREDENTIALS.includes(code)) {
    return { text: 'no usable AWS credentials were found', hint: isSso ? LOGIN : NONE };
  }
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
