import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { windowPolicy } from '../../../main/electron/content-security-policy.ts';
import { isDocumentation } from '../../../main/electron/documentation.ts';
import { webPreferences } from '../../../main/electron/web-preferences.ts';
import { readWindowState, writeWindowState } from '../../../main/electron/window-state.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1080 };

describe('the window', () => {
  it('is shielded from what it shows', () => {
    expect(webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
  });

  it('runs its own scripts only, and the styles of this load', () => {
    const policy = new Map(
      windowPolicy('bm9uY2U=')
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    );
    expect(policy.get('default-src')).toBe(`'none'`);
    expect(policy.get('script-src')).toBe(`'self'`);
    expect(policy.get('style-src')).toBe(`'self' 'nonce-bm9uY2U='`);
    expect([...policy.values()].join(' ')).not.toMatch(/unsafe|\*|https?:/);
  });

  it('opens again where it was, but only where it can be seen', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'window-')), 'window.json');
    expect(readWindowState(file, [screen])).toBeNull();
    const state = { bounds: { x: 100, y: 50, width: 1300, height: 900 }, maximized: true };
    writeWindowState(file, state);
    expect(readWindowState(file, [screen])).toEqual(state);
    expect(readWindowState(file, [{ ...screen, x: 1920 }])).toBeNull();
    writeFileSync(file, '{"bounds":');
    expect(readWindowState(file, [screen])).toBeNull();
  });
});

describe('isDocumentation', () => {
  it.each([
    'https://www.postgresql.org/docs/18/auth-pg-hba-conf.html',
    'https://www.postgresql.org/support/security/',
  ])('lets %s be opened', (address) => expect(isDocumentation(address)).toBe(true));
  it.each([
    'http://www.postgresql.org/docs/',
    'https://www.postgresql.org.example/docs/',
    'https://www.postgresql.org@example.org/docs/',
    'https://user:pw@www.postgresql.org/docs/',
    'https://www.postgresql.org:8443/docs/',
    'https://www.postgresql.org/docs/../ftp/',
    'file:///docs/',
    'javascript:alert(1)',
    '',
  ])('refuses %s', (address) => expect(isDocumentation(address)).toBe(false));
});
