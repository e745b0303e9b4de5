// Receives listings page after page and does nothing with them, as curl would: `node receive.mjs URL KEYS...`. The stub's tokens
// are the numbers of keys, so that no page need be read.
import { Agent, get } from 'node:http';

const [url, ...listings] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const receive = (address) =>
  new Promise((resolve, reject) => {
    get(address, { agent }, (response) => {
      response.on('end', resolve).on('error', reject).resume();
    }).on('error', reject);
  });

for (const listing of listings) {
  const [prefix, from, to] = listing.split(',');
  for (let key = Number(from); key < Number(to); key += 1000)
    await receive(`${url}/bench?list-type=2&prefix=${prefix}&continuation-token=${String(key)}`);
}
