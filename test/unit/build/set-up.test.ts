import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingPackages } from '../../../build/set-up/debian-packages.mjs';
import { isCurrent } from '../../../build/set-up/node-modules.mjs';
import { capture, runQuietly, withLock } from '../../../build/set-up/shell.mjs';

describe('isCurrent', () => {
  const wanted = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };
  it('wants every package in its version, and no other', () => {
    const a = { 'node_modules/a': { version: '1.0.0' } };
    expect(isCurrent(wanted, a)).toBe(true);
    expect(isCurrent(wanted, { ...a, 'node_modules/b': { version: '2.0.0' } })).toBe(true);
    expect(isCurrent(wanted, { ...a, 'node_modules/b': { version: '2.0.1' } })).toBe(false);
    expect(isCurrent(wanted, { ...a, 'node_modules/c': { version: '1.0.0' } })).toBe(false);
    expect(isCurrent(wanted, { 'node_modules/a': { version: '1.0.1' } })).toBe(false);
    expect(isCurrent(wanted, {})).toBe(false);
  });
  it('takes an install that has not ended for none', () => {
    expect(isCurrent(wanted, undefined)).toBe(false);
  });
});

describe.skipIf(capture('dpkg-query', ['--version']).status !== 0)('missingPackages', () => {
  it('knows what is installed, by either name', () => {
    expect(missingPackages(['dpkg', 'no-such-package|dpkg'])).toEqual([]);
    expect(missingPackages(['dpkg', 'no-such-package', 'none|no-such-package'])).toEqual([
      'no-such-package',
      'none|no-such-package',
    ]);
  });
});

describe('withLock', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');
  it('lets one at a time work', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(file, async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push(`${name} ends`);
      });
    await Promise.all([work('one'), work('two')]);
    expect(order.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  });
  it('takes over from a process that is gone, and lets go when the work fails', async () => {
    const gone = capture(process.execPath, ['-e', 'console.log(process.pid)']).stdout.trim();
    writeFileSync(file, gone);
    await expect(withLock(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await withLock(file, async () => readFileSync(file, 'utf8'))).toBe(String(process.pid));
  });
});

describe('runQuietly', () => {
  it('shows what a program said only when it fails', async () => {
    await expect(runQuietly('sh', ['-c', 'echo fine'], { timeoutMs: 5_000 })).resolves.toBeUndefined();
    await expect(runQuietly('sh', ['-c', 'echo why; exit 3'], { timeoutMs: 5_000 })).rejects.toThrow(
      /exit code 3\nwhy/,
    );
    await expect(runQuietly('sleep', ['5'], { timeoutMs: 100 })).rejects.toThrow('did not end within 0.1 s');
    await expect(runQuietly('no-such-program', [], { timeoutMs: 100 })).rejects.toThrow('ENOENT');
  });
});
