import { describe, expect, it } from 'vitest';
import { readStartMode } from '../../../main/electron/start-mode.ts';

describe('readStartMode', () => {
  it('opens the window when nothing is asked for', () => {
    expect(readStartMode(['portcullis'], false)).toEqual({ kind: 'window', home: null });
    expect(readStartMode(['electron', '--no-sandbox', '.'], true)).toEqual({ kind: 'window', home: null });
    expect(readStartMode(['electron', '.', '--home', '/data'], true)).toEqual({
      kind: 'window',
      home: '/data',
    });
    expect(readStartMode(['portcullis', '--no-sandbox', '--home=/data'], false)).toMatchObject({
      home: '/data',
    });
  });

  it('runs the terminal program for its subcommands, in a checkout and packaged', () => {
    const args = ['scan', 'local', '--format', 'json'];
    expect(readStartMode(['portcullis', '--no-sandbox', ...args], false)).toEqual({ kind: 'terminal', args });
    expect(readStartMode(['electron', '--no-sandbox', '.', ...args], true)).toEqual({
      kind: 'terminal',
      args,
    });
    expect(readStartMode(['portcullis', '--cli', '--unknown'], false)).toEqual({
      kind: 'terminal',
      args: ['--unknown'],
    });
  });

  it('takes a target named like a subcommand as what it is', () => {
    expect(readStartMode(['portcullis', 'scan', 'plan'], false)).toEqual({
      kind: 'terminal',
      args: ['scan', 'plan'],
    });
  });

  it('prints', () => {
    const argv = ['electron', '--ozone-platform=headless', '.', '--print-pdf', 'a.html', 'a.pdf'];
    expect(readStartMode(argv, true)).toEqual({ kind: 'print-pdf', html: 'a.html', pdf: 'a.pdf' });
  });
});
