import type { Picture } from '../../../shared/access/picture-schema.ts';
import { counted } from '../../format.ts';
import { Terms } from '../../ui/frame.tsx';

const meanings: readonly (readonly [string, string])[] = [
  ['trust', 'Let in without any proof.'],
  ['peer', 'The operating system says who you are. Only on this host.'],
  ['md5', 'A password, kept and checked in an old way.'],
  ['password', 'A password that crosses the network as it is.'],
  ['scram-sha-256', 'A password that never crosses the network.'],
  ['cert', 'The client proves itself with a certificate in place of a password.'],
];

/** The picture in plain words. */
export function ExposureWords({ picture }: { readonly picture: Picture | null }) {
  const methods = new Set(
    picture?.lanes.flatMap(({ entries }) => entries.flatMap((entry) => entry.methods)) ?? [],
  );
  const open = picture?.lanes.some(({ openToAll }) => openToAll) === true;
  return (
    <>
      <h3>Three gates, one after the other</h3>
      <p>
        A connection has to pass the <b>firewall</b>, then find PostgreSQL <b>listening</b>, then match a line
        in <b>pg_hba.conf</b>. One closed gate is enough to keep somebody out.
      </p>
      {open && (
        <p>
          Follow the wide red pipe: it starts at every computer that can route to this host, and no gate stops
          it.
        </p>
      )}
      <h3>The first line decides</h3>
      <p>
        PostgreSQL reads pg_hba.conf from the top and stops at the first line that fits. There is no second
        try.
      </p>
      {picture !== null && picture.deadLines > 0 && (
        <p>
          {counted(picture.deadLines, 'line')} of {picture.lineCount} never{' '}
          {picture.deadLines === 1 ? 'matches' : 'match'}: an earlier line wins. They are not drawn.
        </p>
      )}
      <Terms terms={meanings.filter(([term]) => methods.has(term))} />
    </>
  );
}
