import { clientsSeen } from '../../access/client.ts';
import { known, settingOf } from '../../access/ground.ts';
import { managedText, managerNamed } from '../../config/managed.ts';
import type { FactSet } from '../../facts/facts.ts';
import { resolveIncludes } from '../includes.ts';
import { parseHba } from '../parse.ts';
import type { EditorFile, EditorGround } from './ground-schema.ts';
import { namesIn } from './reading.ts';
import { shownLines, shownText } from './shown.ts';

export type EditorGroundResult =
  { readonly ok: true; readonly ground: EditorGround } | { readonly ok: false; readonly reason: string };

const mostClients = 5000;

/** Reads out of the facts what the editor needs. Pure. */
export function editorGround(facts: FactSet, editManaged: boolean): EditorGroundResult {
  const cluster = known(facts.cluster);
  const files = known(facts.configurationFiles);
  if (cluster === null || files === null) {
    const missing = cluster === null ? facts.cluster : facts.configurationFiles;
    return {
      ok: false,
      reason: missing.state === 'collected' ? 'pg_hba.conf was not found' : missing.reason,
    };
  }
  const main = files.find(({ role }) => role === 'pg_hba.conf');
  if (main === undefined || main.text === null)
    return { ok: false, reason: main?.problem ?? 'pg_hba.conf was not found' };
  const { major } = cluster;
  const manager = cluster.managedBy == null ? null : managerNamed(cluster.managedBy);
  const textOf = (path: string): string | null => {
    const bytes = files.find((file) => file.path === path)?.text ?? null;
    return bytes === null ? null : shownText(shownLines(bytes, major));
  };
  const asked = new Set<string>();
  const resolution = resolveIncludes(
    parseHba(textOf(main.path) ?? '', { path: main.path, major }),
    (path) => {
      asked.add(path);
      return textOf(path);
    },
    (folder) =>
      namesIn(
        files.map(({ path }) => path),
        folder,
      ),
  );
  const included = resolution.files.map(({ options }) => options.path);
  const paths = [main.path, ...included, ...asked].filter((path, index, all) => all.indexOf(path) === index);
  const shown = paths.flatMap((path): readonly EditorFile[] => {
    const file = files.find((one) => one.path === path);
    if (file === undefined) return [];
    const kind = path === main.path ? 'main' : included.includes(path) ? 'included' : 'list';
    const readOnly =
      file.text === null
        ? `It could not be read: ${file.problem ?? 'no reason is known'}.`
        : kind === 'list'
          ? 'It is a list of names that a line refers to with @. Edit it on the host itself.'
          : manager?.rewrites === 'always'
            ? `${manager.name} writes this file: what is changed here would be lost. Change it there.`
            : managedWhole(file.text, editManaged);
    return [{ path, kind, text: textOf(path), sha256: file.sha256, readOnly }];
  });
  const roles = known(facts.roles);
  const clients = clientsSeen(facts);
  const ssl = settingOf(facts, 'ssl');
  return {
    ok: true,
    ground: {
      major,
      files: shown,
      ssl: ssl === null ? null : ssl === 'on',
      roles: roles?.map(({ name, login, verifier }) => ({ name, login, verifier })) ?? null,
      memberships: known(facts.memberships)?.map(({ role, member }) => [role, member]) ?? [],
      databases: known(facts.databases)?.map(({ name }) => name) ?? null,
      hostNetworks: known(facts.interfaces)?.map(({ address, prefix }) => `${address}/${prefix}`) ?? null,
      clients: clients.slice(0, mostClients).map((client) => ({
        role: client.role,
        database: client.database,
        address: client.address,
        tls: client.tls,
        gss: client.gss === true,
        replication: client.replication,
        sessionsNow: client.sessionsNow,
        logins: client.logins,
        lastAt: client.lastAt,
      })),
      loginsSince: known(facts.logins)?.since ?? null,
      clientsKnown: known(facts.sessions) !== null || known(facts.logins) !== null,
      owner: cluster.owner,
      note: managedNote(files.find(({ path }) => path === main.path)?.text ?? '', editManaged),
    },
  };
}

/** Why a file that a manager marked as its own cannot be edited. */
function managedWhole(text: string, editManaged: boolean): string | null {
  const managed = managedText(text);
  if (managed === null || managed.blocksOnly) return null;
  const { name, rewrites } = managed.manager;
  if (rewrites === 'always')
    return `${name} writes this file: what is changed here would be lost. Change it there.`;
  return editManaged
    ? null
    : `${name} writes this file and would take a change back the next time it runs. Change it there, or allow changes of managed files in the settings.`;
}

function managedNote(text: string, editManaged: boolean): string | null {
  const managed = managedText(text);
  if (managed === null) return null;
  const { name } = managed.manager;
  if (managed.blocksOnly && !editManaged)
    return `The lines between the marks of ${name} belong to it: a change of them is refused. The other lines are yours.`;
  return editManaged ? `${name} may take your changes back the next time it runs.` : null;
}
