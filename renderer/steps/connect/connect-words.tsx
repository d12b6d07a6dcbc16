import { Terms } from '../../ui/frame.tsx';
import { useStore } from '../../store/state.ts';

/** Plain words for connecting: what happens, or what the open question means. */
export function ConnectWords() {
  const prompt = useStore((state) => state.prompt?.prompt ?? null);
  const problem = useStore((state) => state.connecting?.problem ?? null);
  const kind = useStore((state) => state.form.kind);
  if (problem?.code === 'host-key-changed' || problem?.code === 'host-key-revoked') return <ChangedKey />;
  switch (prompt?.kind) {
    case 'host-key-unknown':
      return <UnknownKey host={prompt.host} />;
    case 'sudo-password':
      return <SudoWords />;
    case 'password':
    case 'passphrase':
    case 'keyboard-interactive':
    case 'postgres-password':
      return <SecretWords />;
    case 'choose-cluster':
      return <ClusterWords />;
    case undefined:
      break;
  }
  switch (kind) {
    case 'ssh':
      return <SshWords />;
    case 'local':
      return <LocalWords />;
    case 'practice':
      return <PracticeWords />;
    case 'recorded':
      return <RecordedWords />;
  }
}

function SshWords() {
  return (
    <>
      <h3>What happens now</h3>
      <p>
        Portcullis logs in the way you do with <b>ssh</b>, then reads: firewall rules, open ports,
        PostgreSQL&rsquo;s settings and roles.
      </p>
      <p>
        It only reads. Changes come much later, after you have seen each one and confirmed them by the name of
        the host.
      </p>
      <h3>Why root?</h3>
      <p>
        Firewall rules and some files can be read by root only. Without it you still get a result; what could
        not be read is listed as <b>not assessed</b>, never as fine.
      </p>
      <Terms
        terms={[
          ['Alias', 'A short name for a host in your ssh settings.'],
          ['Agent', 'The program that holds your unlocked keys, so no key file is read here.'],
          ['Jump host', 'A machine you pass through because the target cannot be reached directly.'],
        ]}
      />
    </>
  );
}

function LocalWords() {
  return (
    <>
      <h3>This very machine</h3>
      <p>PostgreSQL on this machine is read directly, without ssh. Nothing is sent anywhere.</p>
      <p>Changes come much later, after you have seen each one.</p>
      <h3>Why root?</h3>
      <p>
        Firewall rules and some files can be read by root only. Without it, what could not be read is listed
        as <b>not assessed</b>.
      </p>
      <Terms terms={[['Cluster', 'One running PostgreSQL server with its own data folder and port.']]} />
    </>
  );
}

function PracticeWords() {
  return (
    <>
      <h3>A server to learn on</h3>
      <p>
        Portcullis starts a PostgreSQL of its own, with sample data and <b>weak spots on purpose</b>. Find
        them, close them, roll back, start over.
      </p>
      <p>It listens on this machine only. Your own servers and files are not touched.</p>
      <h3>What is different</h3>
      <p>The firewall and the packages belong to this machine, so they are listed as not assessed.</p>
    </>
  );
}

function RecordedWords() {
  return (
    <>
      <h3>For hosts without a network</h3>
      <p>
        Save the script, read it, run it on the host, and bring its output here. It collects the same facts
        and changes nothing.
      </p>
      <h3>What works offline</h3>
      <p>
        Findings, fixes, preview and report. Only applying needs a connection; the plan can be saved as a
        script.
      </p>
      <Terms
        terms={[['Facts', 'What was read on a host at one moment. Passwords and keys are not in them.']]}
      />
    </>
  );
}

function UnknownKey({ host }: { readonly host: string }) {
  return (
    <>
      <h3>Is this really your server?</h3>
      <p>
        Every ssh server has a key of its own, like a passport. You have not met this one yet, so nobody can
        tell whether it is {host} or somebody in between.
      </p>
      <p>
        Compare the fingerprint with the one from the host&rsquo;s console, or ask the person who runs it.{' '}
        <b>Every character</b> must be the same.
      </p>
      <h3>If you are not sure</h3>
      <p>Disconnect. {host} has not been sent anything yet, no name and no password.</p>
      <Terms
        terms={[
          ['known_hosts', 'The file where ssh keeps the keys it has met. "Remember" adds one line to yours.'],
        ]}
      />
    </>
  );
}

function ChangedKey() {
  return (
    <>
      <h3>The passport is another one</h3>
      <p>
        This host showed a key before. Today it shows a different one. Either it was set up anew, or somebody
        stands in between.
      </p>
      <p>Portcullis does not go on, and there is no button for it. No name and no password was sent.</p>
      <h3>What to do</h3>
      <p>
        Ask the person who runs the host. When the new key is right, take the old line out of known_hosts with{' '}
        <b>ssh-keygen -R</b> and connect again.
      </p>
    </>
  );
}

function SudoWords() {
  return (
    <>
      <h3>Why a password again?</h3>
      <p>
        <b>sudo</b> runs one reading script as root: firewall rules, key files, logs. It wants the password of
        your login.
      </p>
      <p>It is kept in memory for this session, sent over the encrypted connection, and written nowhere.</p>
      <h3>Without it</h3>
      <p>You can go on. What only root can read is then listed as not assessed.</p>
    </>
  );
}

function SecretWords() {
  return (
    <>
      <h3>Where does it go?</h3>
      <p>
        What you type goes to the host over the encrypted connection, or unlocks your key on this machine.
      </p>
      <p>It is kept in memory for this session. It is not stored and not written to any log.</p>
      <Terms
        terms={[
          ['Passphrase', 'The password that protects a key file on this machine.'],
          ['One-time code', 'A number from your phone or token that is valid for a short time.'],
        ]}
      />
    </>
  );
}

function ClusterWords() {
  return (
    <>
      <h3>More than one server</h3>
      <p>
        Several PostgreSQL servers run on this host, each with its own port and data folder. One is inspected
        at a time.
      </p>
      <p>If you are not sure, take the one whose port your applications use; 5432 is the usual one.</p>
      <Terms
        terms={[
          [
            'Cluster',
            'One PostgreSQL server with its data folder. It has nothing to do with several machines.',
          ],
        ]}
      />
    </>
  );
}
