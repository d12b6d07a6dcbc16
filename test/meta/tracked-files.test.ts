import { describe, expect, it } from 'vitest';
import { readProjectFile, trackedTextFiles } from './tracked-files.ts';

const files = trackedTextFiles();

function linesMatching(pattern: RegExp, chosen: readonly string[]): string[] {
  return chosen.flatMap((path) =>
    readProjectFile(path)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
      ),
  );
}

describe('the files of the project', () => {
  it('are there', () => {
    expect(files).toContain('package.json');
    expect(files.length).toBeGreaterThan(100);
  });

  it('name no folder of the machine that they were written on', () => {
    // Put together here, so that this file does not name one either.
    const workplace = new RegExp(
      `(^|[^\\w.])/(${['work', 'main'].join('/')}|${['work', 'shared'].join('/')})(/|\\b)`,
    );
    expect(linesMatching(workplace, files)).toEqual([]);
  });

  it('take packages from whatever registry a machine has', () => {
    const lock = JSON.parse(readProjectFile('package-lock.json')) as {
      readonly packages: Readonly<
        Record<string, { readonly resolved?: string; readonly integrity?: string }>
      >;
    };
    const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    expect(
      entries.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([]);
    expect(linesMatching(/^\s*(@[^=]+:)?registry\s*=/, ['.npmrc'])).toEqual([]);
  });

  it('give a reason where they switch a rule off', () => {
    const sources = files.filter((path) => /\.(ts|tsx|mjs|cjs|js)$/.test(path));
    const switchedOff = linesMatching(
      /(\/\/|\/\*)\s*(eslint-disable|@ts-(expect-error|ignore|nocheck))/,
      sources,
    );
    // Control characters in a pattern are always meant.
    const hasReason = (line: string) => / -- \S|@ts-expect-error[ :-]+\S|no-control-regex/.test(line);
    expect(switchedOff.filter((line) => !hasReason(line))).toEqual([]);
  });
});
