import type { FactSet, FactValue } from '../../facts/facts.ts';
import { isLoopback, networkOf, parseAddress } from '../../lib/cidr.ts';
import type { OperationOf } from '../../plan/operation.ts';

const daysValid = 365;

/** The longest common name that X.509 allows; longer host names stand among the alternative names alone. */
const longestName = 64;

function groupOf(owner: string, all: FactSet): string {
  if (all.dataDirectory.state === 'collected' && all.dataDirectory.value.status.owner === owner) {
    return all.dataDirectory.value.status.group;
  }
  return owner;
}

function namesOf({ hostname }: FactValue<'system'>, all: FactSet): readonly string[] {
  const addresses =
    all.interfaces.state === 'collected' ? all.interfaces.value.map(({ address }) => address) : [];
  const usable = addresses.filter((address) => {
    const parsed = parseAddress(address);
    return (
      parsed !== null &&
      !isLoopback(networkOf(parsed)) &&
      (parsed.family === 'ipv4' || parsed.value >> 118n !== 0x3fan)
    );
  });
  return [`DNS:${hostname}`, 'DNS:localhost', ...usable.map((address) => `IP:${address}`)];
}

/**
 * A new key with a self-signed certificate for the names of the host, in files beside the configuration that carry the
 * day in their name, so that nothing that exists is overwritten.
 */
export function newCertificate(
  cluster: FactValue<'cluster'>,
  system: FactValue<'system'>,
  all: FactSet,
  withPassphrase: boolean,
): OperationOf<'certificate'> {
  const folder = cluster.configFile.replace(/\/[^/]*$/, '');
  const day = system.time.slice(0, 10).replaceAll('-', '');
  const taken = all.tlsFiles.state === 'collected' ? all.tlsFiles.value.certificate.status.path : '';
  const names = ['', '-2', '-3'].map((suffix) => `${folder}/portcullis-${day}${suffix}`);
  const base = names.find((name) => `${name}.crt` !== taken) ?? `${folder}/portcullis-${day}`;
  return {
    kind: 'certificate',
    certificatePath: `${base}.crt`,
    keyPath: `${base}.key`,
    owner: cluster.owner,
    group: groupOf(cluster.owner, all),
    commonName: system.hostname.slice(0, longestName),
    alternativeNames: [...namesOf(system, all)],
    days: daysValid,
    passphrase: withPassphrase ? { file: `${base}.pass`, program: '/bin/cat' } : null,
  };
}
