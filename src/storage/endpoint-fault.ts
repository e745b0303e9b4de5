/** What is wrong with the endpoint that was set, and what to do. */
export interface EndpointFault {
  readonly text: string;
  readonly hint: string;
}

/**
 * Tells it from the code and text of an error of the SDK, or of Node below it; null: it is about something else. The SDK finds out at
 * the first call only, and names neither the setting nor its value.
 */
export function endpointFault(code: string, message: string): EndpointFault | null {
  if (message === 'Invalid URL' || message.endsWith('was not a valid URI')) {
    return {
      text: 'the endpoint is no URL',
      hint: 'write AWS_ENDPOINT_URL (or its kin) as https://host:port',
    };
  }
  if (code === 'EPROTO') {
    const hint = 'check AWS_ENDPOINT_URL (or its kin): a server without TLS is http://host:port';
    return { text: 'the endpoint does not speak TLS', hint };
  }
  return null;
}
