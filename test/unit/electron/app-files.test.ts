import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAppFile } from '../../../main/electron/app-files.ts';

const folder = '/opt/portcullis/renderer';

describe('findAppFile', () => {
  it('finds the page and its parts', () => {
    expect(findAppFile(folder, 'app://portcullis/')?.path).toBe(`${folder}/index.html`);
    expect(findAppFile(folder, 'app://portcullis/assets/index-1.js?v=2#x')).toEqual({
      path: `${folder}/assets/index-1.js`,
      contentType: 'text/javascript; charset=utf-8',
    });
  });

  it.each([
    'app://portcullis/../secret.json',
    'app://portcullis/%2e%2e/secret.json',
    'app://portcullis/assets/..%2f..%2f..%2fsecret.json',
    'app://portcullis/..%5c..%5csecret.json',
    'app://portcullis//etc/passwd.json',
    'app://portcullis/%00.html',
    'app://portcullis/%E0%A4%A.html',
    'app://portcullis/passwd',
    'app://elsewhere/index.html',
    'app://user@portcullis/index.html',
    'https://portcullis/index.html',
    'file:///etc/hosts.json',
    'nonsense',
  ])('finds nothing outside for %s', (address) => {
    const path = findAppFile(folder, address)?.path;
    expect(path === undefined || path.startsWith(`${folder}/`)).toBe(true);
    if (!address.startsWith('app://portcullis/')) expect(path).toBeUndefined();
  });

  it('never leaves its folder', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2f',
      '/',
      '%5c',
      '\\',
      'a',
      'x.html',
      '%00',
      '%25',
      '~',
      ':',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const path = findAppFile(folder, `app://portcullis/${parts.join('')}.json`)?.path;
        return path === undefined || (path.startsWith(`${folder}/`) && !path.includes('/../'));
      }),
    );
  });
});
