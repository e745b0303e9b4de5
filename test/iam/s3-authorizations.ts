import type { Exchange } from './aws-exchange.ts';
import type { Authorization } from './policy-evaluator.ts';

/** What S3 checks for a request in path style. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export function s3Authorizations(exchange: Exchange): readonly Authorization[] {
  const [, bucket = '', ...rest] = exchange.path.split('/');
  const key = rest.join('/');
  const arn = `arn:aws:s3:::${bucket}`;
  if (key === '') return bucketAuthorizations(exchange, arn);
  const source = exchange.headers['x-amz-copy-source'];
  const reads =
    typeof source === 'string' ? [`arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '')}`] : [];
  return [
    ...reads.map((resource) => ({ action: 's3:GetObject', resource, context: {} })),
    { action: objectAction(exchange), resource: `${arn}/${key}`, context: {} },
  ];
}

function bucketAuthorizations({ method, query, body }: Exchange, arn: string): readonly Authorization[] {
  if (method === 'POST' && query.has('delete')) {
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
    return keys.map((key) => ({ action: 's3:DeleteObject', resource: `${arn}/${key}`, context: {} }));
  }
  if (query.has('location')) return [{ action: 's3:GetBucketLocation', resource: arn, context: {} }];
  if (method !== 'GET' && method !== 'HEAD') throw new Error(`what does S3 check for ${method} on a bucket?`);
  const prefix = query.get('prefix');
  return [
    { action: 's3:ListBucket', resource: arn, context: prefix === null ? {} : { 's3:prefix': prefix } },
  ];
}

/** Starting, filling and completing a multipart upload are all PutObject. */
function objectAction({ method, query }: Exchange): string {
  if (method === 'GET' || method === 'HEAD') return 's3:GetObject';
  if (method === 'PUT' || method === 'POST') return 's3:PutObject';
  if (method === 'DELETE') return query.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject';
  throw new Error(`what does S3 check for ${method} on an object?`);
}
