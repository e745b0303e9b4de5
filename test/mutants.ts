import { seededRandom } from './fault-proxy.ts';

type Random = () => number;
type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

/** Directories and their values lie at the beginning of most files, or at the end. */
const HEAD_BYTES = 600;
const BOUNDARIES = [0, 1, 2, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** A byte's place: anywhere, or where headers are. */
function place(bytes: Buffer, random: Random): number {
  const near = below(random, Math.min(HEAD_BYTES, bytes.length));
  const kind = random();
  if (kind < 0.5) return near;
  return kind < 0.75 ? bytes.length - 1 - near : below(random, bytes.length);
}

const otherBytes: Mutation = (bytes, random) => {
  const copy = Buffer.from(bytes);
  for (let left = 1 + below(random, 12); left > 0; left -= 1) copy[place(bytes, random)] = below(random, 256);
  return copy;
};

const boundaryValue: Mutation = (bytes, random) => {
  const copy = Buffer.from(bytes);
  const value = BOUNDARIES[below(random, BOUNDARIES.length)] ?? 0;
  const size = random() < 0.5 ? 2 : 4;
  const at = Math.min(place(bytes, random), bytes.length - size);
  if (at >= 0) copy.writeUIntLE(size === 2 ? value & 0xffff : value, at, size);
  return copy;
};

const cut: Mutation = (bytes, random) => bytes.subarray(0, below(random, bytes.length));

const without: Mutation = (bytes, random) => {
  const from = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(random, 64))]);
};

const twice: Mutation = (bytes, random) => {
  const from = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, from + below(random, 200)), bytes.subarray(from)]);
};

const spliced: Mutation = (bytes, random, others) => {
  const other = others[below(random, others.length)] ?? bytes;
  const at = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), other.subarray(at)]);
};

const MUTATIONS: readonly Mutation[] = [
  otherBytes,
  otherBytes,
  boundaryValue,
  boundaryValue,
  boundaryValue,
  cut,
  without,
  twice,
  spliced,
];

/** `count` damaged copies of the files, the same ones for the same seed. */
export function mutantsOf(files: readonly Buffer[], count: number, seed: number): readonly Buffer[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    let bytes = files[at % files.length] ?? Buffer.alloc(0);
    for (let left = 1 + below(random, 3); left > 0; left -= 1) {
      const mutation = MUTATIONS[below(random, MUTATIONS.length)] ?? cut;
      bytes = mutation(bytes, random, files);
    }
    return bytes;
  });
}
