import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder, trackedTextFiles } from '../../meta/tracked-files.ts';

/** Where the links and pictures of a Markdown text lead, as far as they stay in the project. */
function localTargets(text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"\s]+)"/g)];
  return links
    .map(([, link, attribute]) => link ?? attribute ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

const names = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('links in documents', () => {
  const documents = trackedTextFiles().filter((path) => path.endsWith('.md'));

  it.each(documents)('%s leads to files and headings that are there', (path) => {
    const text = readFileSync(join(projectFolder, path), 'utf8');
    const broken = localTargets(text).filter((target) => {
      const [file = '', heading] = target.split('#');
      const place = file === '' ? join(projectFolder, path) : join(projectFolder, dirname(path), file);
      if (!existsSync(place)) return true;
      return heading !== undefined && !names(readFileSync(place, 'utf8')).includes(heading);
    });
    expect(broken).toEqual([]);
  });
});

describe('the commands in README and CONTRIBUTING', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };

  it.each(['README.md', 'CONTRIBUTING.md'])('%s names scripts that exist', (path) => {
    const text = readFileSync(join(projectFolder, path), 'utf8');
    const named = [...text.matchAll(/(?:`| {4})npm (?:run (?:--silent )?)?([a-z:]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !['run', 'ci', 'install'].includes(name));
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(named.length).toBeGreaterThan(2);
  });
});
