import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../main/terminal/arguments.ts';
import { UsageError } from '../../../main/terminal/command.ts';
import { parseFix } from '../../../main/terminal/words.ts';

describe('the command line', () => {
  test('a scan takes its target and options', () => {
    const command = parseCommand([
      'scan',
      'ssh://admin@db1:2222',
      '--sudo',
      'ask',
      '--format',
      'json',
      '--fail-on',
      'high',
      '--cluster',
      '15/main',
    ]);
    expect(command).toMatchObject({
      name: 'scan',
      format: 'json',
      failOn: 'high',
      connect: {
        target: { kind: 'ssh', destination: 'ssh://admin@db1:2222' },
        sudo: 'ask',
        cluster: '15/main',
        acceptNewHostKey: false,
      },
    });
  });

  test('a rollback takes what becomes of single steps', () => {
    expect(
      parseCommand(['rollback', 'db1', 'last', '--leave', '3,5', '--merge', '4', '--break-lock', '--yes']),
    ).toMatchObject({
      name: 'rollback',
      decisions: [
        { step: 3, choice: 'leave' },
        { step: 5, choice: 'leave' },
        { step: 4, choice: 'merge' },
      ],
      breakLock: true,
      force: false,
    });
    expect(parseCommand(['runs', 'db1', 'RUN', '--export', 'f.json'])).toMatchObject({
      run: 'RUN',
      exportTo: 'f.json',
    });
    expect(parseCommand(['runs', '--verify', 'f.json'])).toEqual({
      name: 'verify-runs',
      file: 'f.json',
      format: 'text',
    });
  });

  test('a comma in an answer belongs to the value unless a new key follows', () => {
    expect(parseFix('firewall:networks=10.0.0.0/24,fd00::/64,keep-ssh=yes')).toEqual({
      fix: 'firewall',
      answers: { networks: '10.0.0.0/24,fd00::/64', 'keep-ssh': 'yes' },
    });
    expect(parseFix('log-connections')).toEqual({ fix: 'log-connections', answers: {} });
  });

  test.each([
    [['scna', 'practice'], 'no command "scna"'],
    [['scan'], 'which TARGET'],
    [['scan', 'practice', 'more'], 'one word too many'],
    [['scan', 'practice', '--facts', 'f.json'], 'not both'],
    [['scan', 'practice', '--format', 'pdf'], 'needs --out'],
    [['scan', 'practice', '--fail-on', 'bad'], '--fail-on takes'],
    [['scan', 'practice', '--colour'], "Unknown option '--colour'"],
    [['plan', 'practice'], 'which fixes'],
    [['apply', 'practice', '--safe', '--confirm-within', '5'], 'from 30 to 3600'],
    [['rollback', 'practice'], 'which run'],
    [['rollback', 'practice', 'last', '--leave', 'x'], '--leave takes the number of a step'],
    [['runs', 'practice', 'some-run'], 'with --export'],
    [['runs', 'practice', '--verify', 'f.json'], 'needs no TARGET'],
    [['plan', 'practice', '--fix', 'x:y'], 'not key=value'],
  ])('%j is refused in words', (words, message) => {
    expect(() => parseCommand(words)).toThrow(UsageError);
    expect(() => parseCommand(words)).toThrow(message);
  });
});
