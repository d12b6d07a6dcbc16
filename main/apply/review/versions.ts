import type { FileVersion, KeptFile } from './read-run.ts';

const sameVersion = (one: KeptFile['after'], other: KeptFile['now'], kind: KeptFile['kind']): boolean => {
  if (one === 'absent' || other === 'absent') return one === other;
  return one.rights === other.rights && (kind === 'rights' || one.sha256 === other.sha256);
};

export const hasDrifted = (file: KeptFile): boolean => !sameVersion(file.after, file.now, file.kind);

export const contentOf = (version: FileVersion | 'absent'): string | null =>
  version === 'absent' ? null : version.content;

export function rightsWords(version: FileVersion | 'absent'): string {
  if (version === 'absent') return 'absent';
  const [mode = '', user = '', group = ''] = version.rights.split(' ');
  return `mode ${mode} owner ${user}:${group}`;
}

export const wordsOf = (version: FileVersion | 'absent', kind: KeptFile['kind']): string =>
  version === 'absent'
    ? 'absent'
    : `${kind === 'rights' ? '' : `${version.sha256.slice(0, 12)}… `}${rightsWords(version)}`;
