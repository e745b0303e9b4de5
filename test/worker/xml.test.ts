import { describe, expect, it } from 'vitest';
import { attributeOf, encodeXml, openingTag, parseXml } from '../../worker/xml.ts';

describe('parseXml', () => {
  it('reads elements, attributes in both quotes, text and CDATA; comments and the prologue are dropped', () => {
    const text = `\uFEFF<?xml version="1.0"?><!DOCTYPE a><!-- x --><a one="1" two='2"'>t<b/><![CDATA[<raw>&amp;]]></a>\n`;
    expect(parseXml(text)).toEqual({
      name: 'a',
      attributes: { one: '1', two: '2"' },
      children: ['t', { name: 'b', attributes: {}, children: [] }, '<raw>&amp;'],
    });
  });

  it('decodes entities once, and leaves those that nobody declared', () => {
    const text = '<a>&lt;&#79;&#x4f;&amp;lt;&unknown;&constructor;&#0;&#x110000;</a>';
    expect(parseXml(text)?.children).toEqual(['<OO&lt;&unknown;&constructor;']);
  });

  it.each([
    ['nothing', ''],
    ['text alone', 'hello'],
    ['two roots', '<a/><b/>'],
    ['an open element', '<a><b></a>'],
    ['an open tag', '<a b="c'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an attribute named twice', '<a b="c" B="d"/>'],
    ['an attribute with an odd name', '<a b"="c"/>'],
    ['a closing tag too many', '<a/></b>'],
    ['absurd nesting', '<a>'.repeat(5000)],
  ])('refuses %s', (_, text) => {
    expect(parseXml(text)).toBeNull();
  });

  it('is done quickly with long garbage', () => {
    expect(parseXml(`<a${' b '.repeat(100_000)}`)).toBeNull();
    expect(parseXml(`<a${' '.repeat(200_000)}`)).toBeNull();
    expect(parseXml('<'.repeat(200_000))).toBeNull();
  });
});

describe('attributeOf', () => {
  it('finds a name in any case, as GDAL does', () => {
    const element = parseXml('<a Domain="RPC"/>');
    expect(element === null ? null : attributeOf(element, 'domain')).toBe('RPC');
    expect(element === null ? null : attributeOf(element, 'key')).toBeUndefined();
  });
});

describe('openingTag', () => {
  it('writes what parseXml reads', () => {
    const tag = { name: 'a', attributes: { b: `<"&'>` } };
    const text = '1 < 2 & "3" &lt;';
    expect(parseXml(`${openingTag(tag)}${encodeXml(text)}</a>`)).toEqual({ ...tag, children: [text] });
  });
});
