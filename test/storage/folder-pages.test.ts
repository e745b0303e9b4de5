import { describe, expect, it } from 'vitest';
import { FolderPages } from '../../src/storage/folder-pages.ts';
import type { ObjectInfo } from '../../src/storage/object-store.ts';

const FOLDERS = ['a/', 'b/', 'c/', 'd/', 'e/'];

function page(from: string, to: string, count = 100): ObjectInfo[] {
  return Array.from({ length: count }, (_, at) => ({
    key: at < count - 1 ? from : to,
    sizeBytes: 1,
    etag: '',
    modifiedMs: 0,
  }));
}

function mostOf(...pages: readonly ObjectInfo[][]): number | undefined {
  const learnt = new FolderPages();
  for (const one of pages) learnt.add(one, one.length / 100, FOLDERS);
  return learnt.most;
}

describe('FolderPages', () => {
  it('knows nothing before a folder has ended', () => {
    expect(mostOf()).toBeUndefined();
    expect(mostOf(page('a/1', 'a/2'), page('a/3', 'a/4'))).toBeUndefined();
    expect(mostOf(page('1.tif', 'a/1'))).toBeUndefined();
  });

  it('counts the pages of a folder, those of a part that was cut by their share', () => {
    expect(mostOf(page('a/1', 'a/2'), page('a/3', 'a/4', 50), page('a/5', 'b/1'))).toBe(2);
  });

  it('takes the longest of the latest', () => {
    const long = [page('a/1', 'a/2'), page('a/3', 'a/4'), page('a/5', 'b/1')];
    expect(mostOf(...long, page('b/2', 'c/1'), page('c/2', 'd/1'))).toBe(2.5);
  });

  it('shares a page among the folders that begin in it', () => {
    expect(mostOf(page('a/1', 'a/2'), page('a/3', 'e/1'))).toBe(1.2);
  });
});
