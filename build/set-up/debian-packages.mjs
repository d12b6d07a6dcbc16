import { existsSync } from 'node:fs';
import { capture, isRoot, runQuietly } from './shell.mjs';

/**
 * Debian packages by what needs them. `a|b` means that either will do: Debian 13 renamed libraries whose time type
 * became 64 bits wide.
 */
export const debianPackages = {
  /** Electron's libraries, and what unpacks and draws: a font, a message bus, the key ring. */
  electron: [
    'libnss3',
    'libatk1.0-0|libatk1.0-0t64',
    'libatk-bridge2.0-0|libatk-bridge2.0-0t64',
    'libgtk-3-0|libgtk-3-0t64',
    'libgbm1',
    'libasound2|libasound2t64',
    'libcups2|libcups2t64',
    'libxss1',
    'libxtst6',
    'libdrm2',
    'libsecret-1-0',
    'dbus',
    'fonts-dejavu-core',
    'unzip',
  ],
  /** A display for the window where there is none. */
  display: ['xvfb', 'xauth'],
  /** Test hosts (mmdebstrap, nspawn), their package repository, the clients that tests use, reading PDFs. */
  test: [
    'mmdebstrap',
    'systemd-container',
    'iproute2',
    'apt-utils',
    'openssh-client',
    'openssl',
    'poppler-utils',
    'util-linux',
  ],
  /** tar.gz and zip archives of the packaged program. */
  package: ['p7zip-full'],
};

/** True on Debian and what descends from it. */
export function hasDebianPackages() {
  return process.platform === 'linux' && existsSync('/usr/bin/dpkg-query') && existsSync('/usr/bin/apt-get');
}

/**
 * The requirements of `wanted` that no installed package meets.
 * @param {readonly string[]} wanted names, with `|` between alternatives
 */
export function missingPackages(wanted) {
  const names = wanted.flatMap((requirement) => requirement.split('|'));
  const { stdout } = capture('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((requirement) => !requirement.split('|').some((name) => installed.has(name)));
}

/** The alternative that this release of Debian has. */
function available(requirement) {
  const names = requirement.split('|');
  if (names.length === 1) return requirement;
  const hasCandidate = (name) => /Candidate: [^(]/.test(capture('apt-cache', ['policy', name]).stdout);
  return names.find(hasCandidate) ?? names[0];
}

/**
 * Installs what is missing, or says how to. Going on without is right: a desktop has most of it under other names,
 * and what is really lacking shows itself by name.
 * @param {readonly string[]} groups keys of debianPackages
 * @param {(line: string) => void} say
 * @returns {Promise<readonly string[]>} what is still missing
 */
export async function installDebianPackages(groups, say) {
  if (!hasDebianPackages()) return [];
  const wanted = groups.flatMap((group) => debianPackages[group]);
  const missing = missingPackages(wanted);
  if (missing.length === 0) return [];
  if (!isRoot) {
    say(
      `Debian packages are missing. To install them:\n  sudo apt-get install ${missing.map(available).join(' ')}`,
    );
    return missing;
  }
  say(`Installing ${missing.length} Debian packages…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lockWait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  await runQuietly('apt-get', [...lockWait, '-q', 'update'], { timeoutMs: 300_000, env });
  const names = missing.map(available);
  const install = [...lockWait, '-q', '-y', '--no-install-recommends', 'install', ...names];
  await runQuietly('apt-get', install, { timeoutMs: 900_000, env });
  return missingPackages(wanted);
}
