import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { OperationHandler } from '../prepared-step.ts';

const commonName = /^[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,62}[A-Za-z0-9])?$/;
const alternativeName =
  /^(?:DNS:(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|IP:[0-9A-Fa-f:.]{2,45})$/;
const account = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/;

function requestFile({ commonName: name, alternativeNames }: OperationOf<'certificate'>): string {
  return [
    '[req]',
    'distinguished_name = subject',
    'x509_extensions = extensions',
    'prompt = no',
    'string_mask = utf8only',
    '[subject]',
    `CN = ${name}`,
    '[extensions]',
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature',
    'extendedKeyUsage = serverAuth',
    'subjectKeyIdentifier = hash',
    ...(alternativeNames.length === 0 ? [] : [`subjectAltName = ${alternativeNames.join(', ')}`]),
    '',
  ].join('\n');
}

/**
 * A key and a self-signed certificate, made on the host: the key never leaves it. Nothing that exists is overwritten;
 * undone by removing what was made.
 */
export const certificateHandler: OperationHandler<OperationOf<'certificate'>> = {
  reads: ({ certificatePath, keyPath, passphrase }) =>
    [certificatePath, keyPath, ...(passphrase === null ? [] : [passphrase.file])].map((path) => ({
      path,
      content: false,
    })),
  prepare(operation, preparation, number) {
    const { certificatePath, keyPath, owner, group, days, passphrase } = operation;
    const paths = [certificatePath, keyPath, ...(passphrase === null ? [] : [passphrase.file])];
    for (const path of paths) {
      if (preparation.file(path).type !== 'absent') {
        throw new ApplyRefused(
          `${path} exists and is not overwritten.`,
          'Choose another name for the new file.',
        );
      }
    }
    if (!commonName.test(operation.commonName)) {
      throw new ApplyRefused(`${operation.commonName} cannot be the name in a certificate.`);
    }
    const strange = operation.alternativeNames.find((name) => !alternativeName.test(name));
    if (strange !== undefined) throw new ApplyRefused(`${strange} cannot be a name in a certificate.`);
    if (![owner, group].every((name) => account.test(name))) throw new ApplyRefused('No such account.');
    const [certificate, key, secret] = paths.map((path) => quoteShell(preparation.file(path).realPath));
    const work = '"$RUN/made"';
    const slots = paths.map((path) => preparation.slot('file', preparation.file(path).realPath));
    const place = (from: string, to: string, slot: string | undefined, mode: string): readonly string[] => [
      `expect ${to} - || spare ${slot ?? ''}`,
      `own ${slot ?? ''} "$(sha ${work}/${from})"`,
      `write_file ${to} "$(sha ${work}/${from})" ${owner}:${group} ${mode} <${work}/${from}`,
    ];
    const encrypt = secret === undefined ? '' : ` -aes-256-cbc -pass file:${work}/passphrase`;
    const decrypt = secret === undefined ? '' : ` -passin file:${work}/passphrase`;
    return {
      undo: paths.map((path) => preparation.undoFile(path)),
      server: 'reload',
      save: [],
      texts: [{ name: `made/${number}.cnf`, content: requestFile(operation) }],
      budgetSeconds: 20,
      async run(tools) {
        const shown = await tools.change(
          [
            'command -v openssl >/dev/null 2>&1 || { echo "openssl is not installed on the host" >&2; exit 1; }',
            `rm -f ${work}/key ${work}/certificate ${work}/passphrase`,
            ...(secret === undefined
              ? []
              : [`head -c 33 /dev/urandom | base64 | tr -d '\\n' >${work}/passphrase`]),
            `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1${encrypt} -out ${work}/key 2>/dev/null`,
            `openssl req -new -x509 -sha256 -days ${Math.trunc(days)} -config ${work}/${number}.cnf -key ${work}/key${decrypt} -out ${work}/certificate`,
            ...(secret === undefined ? [] : place('passphrase', secret, slots[2], '600')),
            ...place('key', key ?? '', slots[1], '600'),
            ...place('certificate', certificate ?? '', slots[0], '644'),
            `rm -f ${work}/key ${work}/certificate ${work}/passphrase`,
            `openssl x509 -in ${certificate ?? ''} -noout -fingerprint -sha256 -enddate`,
          ],
          60_000,
        );
        for (const line of shown.trim().split('\n')) tools.log('certificate', line);
        return 'made on the host';
      },
    };
  },
};
