/** An AWS config file whose profile `role` has its credentials from STS. */
export const ROLE_PROFILE = `[profile role]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = keys
[profile keys]
aws_access_key_id = test
aws_secret_access_key = test
`;
