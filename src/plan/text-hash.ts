import { cogNameIn, cogNameOf, type Prefixes } from '../contract/naming.ts';

/** FNV-1a, and the finaliser of MurmurHash3, so that low bits are good too. */
const [FNV_BASIS, FNV_PRIME] = [0x811c9dc5, 0x01000193] as const;

/** 32 bits of a string's UTF-16 code units. */
export function hashOf(text: string): number {
  return finished(hashed(FNV_BASIS, text, 0, text.length));
}

/** That of the COG which a source becomes, without making its key: equal to `hashOfCog` of it. The source may stand in a longer text. */
export function hashOfTarget(text: string, { sourcePrefix }: Prefixes, start = 0, end = text.length): number {
  const { folderStart, folderEnd, stemStart, stemEnd } = cogNameIn(text, sourcePrefix, start, end);
  const folder = hashed(FNV_BASIS, text, folderStart, folderEnd);
  return finished(hashed(folder, text, stemStart, stemEnd));
}

/** Of what tells one COG from another: neither the prefix nor the suffix. */
export function hashOfCog(cog: string, prefixes: Prefixes): number {
  const { start, end } = cogNameOf(cog, prefixes);
  return finished(hashed(FNV_BASIS, cog, start, end));
}

function hashed(start: number, text: string, from: number, to: number): number {
  let hash = start;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash;
}

function finished(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
