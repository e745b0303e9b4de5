import { describe, expect, it } from 'vitest';
import { FolderMarks } from '../../src/storage/folder-marks.ts';
import type { ObjectInfo } from '../../src/storage/object-store.ts';

const PAGE_KEYS = 100;
const FOLDERS = ['2019/', '2020/', '2021/'];

/** Files of a folder by their numbers. */
function files(folder: string, from: number, to: number): ObjectInfo[] {
  return Array.from({ length: to - from }, (_, at) => ({
    key: `${folder}rain_${String(from + at).padStart(4, '0')}.tif`,
    sizeBytes: 1,
    etag: '',
    modifiedMs: 0,
  }));
}

function marksOf(keys: readonly ObjectInfo[]): readonly string[] {
  const learnt = new FolderMarks();
  for (let at = 0; at < keys.length; at += PAGE_KEYS) {
    const page = keys.slice(at, at + PAGE_KEYS);
    learnt.add(page, page.length / PAGE_KEYS, FOLDERS);
  }
  return learnt.latest;
}

describe('FolderMarks', () => {
  it('takes four names of each page, at the same distances, once the folder has ended', () => {
    const year = files('2019/', 0, 600);
    expect(marksOf(year)).toEqual([]);
    const marks = marksOf([...year, ...files('2020/', 0, 100)]);
    expect(marks.slice(0, 5)).toEqual([
      'rain_0024.tif',
      'rain_0049.tif',
      'rain_0074.tif',
      'rain_0099.tif',
      'rain_0124.tif',
    ]);
    expect(marks).toHaveLength(24);
  });

  it('takes them up to where the next folder begins within a page', () => {
    const marks = marksOf([...files('2019/', 0, 650), ...files('2020/', 0, 50)]);
    expect(marks.at(-1)).toBe('rain_0649.tif');
  });

  it('keeps those of a long folder when a short one follows', () => {
    const long = [...files('2019/', 0, 700), ...files('2020/', 0, 100)];
    expect(marksOf([...long, ...files('2021/', 0, 100)])).toEqual(marksOf(long));
  });

  it('takes none of what lies in no folder that is known', () => {
    expect(marksOf([...files('', 0, 800), ...files('2020/', 0, 100)])).toEqual([]);
  });
});
