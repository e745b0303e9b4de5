import { describe, expect, it } from 'vitest';
import { renderValidate } from '../../src/terminal/validate.ts';
import { MARKED } from './marked-style.ts';

describe('renderValidate', () => {
  it('prints a verdict per file and why', () => {
    const files = [
      { file: 'a b.tif', isCog: true, problems: [], warnings: ['no overviews'] },
      {
        file: 'x\n.tif',
        isCog: false,
        problems: ['the first IFD is not at the start', 'no tiles'],
        warnings: [],
      },
    ];
    expect(renderValidate({ files }, MARKED)).toEqual([
      '<green>valid COG</green>  a b.tif',
      '  warning: no overviews',
      '<red>not a COG</red>  x\\u000a.tif',
      '  the first IFD is not at the start',
      '  no tiles',
    ]);
  });
});
