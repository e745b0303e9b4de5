/** A method or parameter of a conversion, its name in plain letters, its numbers in SI. */
interface Named {
  readonly name: string;
  readonly numbers: readonly number[];
}

const TWO_PARALLELS = 'lambertconicconformal2sp';
const ONE_PARALLEL = 'lambertconicconformal1sp';
const FIRST = 'latitudeof1ststandardparallel';
const SECOND = 'latitudeof2ndstandardparallel';
const ORIGIN = 'latitudeoffalseorigin';
const SCALE = 'scalefactoratnaturalorigin';

/** What the parameters are called when there is one parallel. */
const RENAMED: Readonly<Record<string, string>> = {
  [TWO_PARALLELS]: ONE_PARALLEL,
  [ORIGIN]: 'latitudeofnaturalorigin',
  longitudeoffalseorigin: 'longitudeofnaturalorigin',
  eastingatfalseorigin: 'falseeasting',
  northingatfalseorigin: 'falsenorthing',
};

/**
 * Lambert's conic conformal projection written in one way, as PROJ takes it: its two parallels may be exchanged, and when both
 * are the latitude of origin it is the one with a single parallel and the scale 1. Other methods stay as they are.
 */
export function plainLambert<Node extends Named>(
  nodes: readonly Node[],
  isClose: (a: number, b: number) => boolean,
): readonly Node[] {
  const of = (wanted: string): Node | undefined => nodes.find(({ name }) => name === wanted);
  const [first, second] = [of(FIRST), of(SECOND)];
  if (of(TWO_PARALLELS) === undefined || first === undefined || second === undefined) return nodes;
  const value = (node: Node | undefined): number => node?.numbers[0] ?? NaN;
  const [low, high] = value(first) <= value(second) ? [first, second] : [second, first];
  if ([low, high].every((parallel) => isClose(value(parallel), value(of(ORIGIN))))) {
    const kept = nodes.filter(({ name }) => name !== FIRST && name !== SECOND);
    const renamed = kept.map((node) => ({ ...node, name: RENAMED[node.name] ?? node.name }));
    return [...renamed, { ...first, name: SCALE, numbers: [1] }];
  }
  const exchanged: Readonly<Record<string, readonly number[]>> = {
    [FIRST]: low.numbers,
    [SECOND]: high.numbers,
  };
  return nodes.map((node) => ({ ...node, numbers: exchanged[node.name] ?? node.numbers }));
}
