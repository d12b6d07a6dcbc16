import { FileText } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/bridge.ts';
import { attempt, changePractice, chooseFile, saidSaved } from '../../store/actions.ts';
import { useStore } from '../../store/state.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Middle } from '../../ui/middle.tsx';
import { Notice } from '../../ui/notice.tsx';
import { changeForm } from '../../store/connect-form-actions.ts';
import { RightsChoice } from './ssh-form.tsx';
import styles from './connect.module.css';

/** PostgreSQL on this machine. */
export function LocalForm() {
  const clusters = useStore((state) => state.localClusters);
  const sudo = useStore((state) => state.form.sudo);
  const [more, setMore] = useState(false);
  return (
    <>
      {clusters !== null && clusters.length === 0 && (
        <Notice tone="note" title="No PostgreSQL was found on this machine.">
          The system itself can still be inspected. To try Portcullis, take the practice server.
        </Notice>
      )}
      {clusters !== null && clusters.length > 0 && (
        <div>
          <p className={styles.legend}>Found here</p>
          <ul>
            {clusters.map((cluster) => (
              <li key={cluster} className="selectable">
                {cluster}
              </li>
            ))}
          </ul>
        </div>
      )}
      <RightsChoice more={more || sudo === 'auto'} onMore={() => setMore(true)} />
    </>
  );
}

/** The server for learning and trying. */
export function PracticeForm() {
  const practice = useStore((state) => state.practice);
  const [asking, setAsking] = useState<'practice.reset' | 'practice.delete' | null>(null);
  if (practice !== null && !practice.available)
    return (
      <Notice tone="warn" title="The practice server is not available here." quiet>
        {practice.reason}
      </Notice>
    );
  return (
    <>
      <p>
        A real PostgreSQL{practice?.version != null ? ` ${practice.version}` : ''} with sample data, open on
        purpose. Inspect it, close what you find, roll back, start over.
      </p>
      <dl className={styles.facts}>
        <dt>State</dt>
        <dd>
          {practice?.created === true
            ? practice.running
              ? 'Created, running'
              : 'Created, starts when you connect'
            : 'Not created yet, made when you connect'}
        </dd>
        {practice?.directory != null && (
          <>
            <dt>Folder</dt>
            <dd className="mono">
              <Middle text={practice.directory} />
            </dd>
          </>
        )}
      </dl>
      {practice?.created === true && (
        <div className={styles.buttons}>
          <Button onPress={() => setAsking('practice.reset')}>Start over…</Button>
          <Button variant="danger" onPress={() => setAsking('practice.delete')}>
            Delete…
          </Button>
        </div>
      )}
      {asking !== null && (
        <ConfirmDialog
          title={
            asking === 'practice.reset' ? 'Start the practice server over?' : 'Delete the practice server?'
          }
          confirm={
            asking === 'practice.reset' ? 'Start the practice server over' : 'Delete the practice server'
          }
          isDestructive
          onCancel={() => setAsking(null)}
          onConfirm={() => {
            setAsking(null);
            void changePractice(asking);
          }}
        >
          <p className="second">
            Its databases and the history of its runs are removed.{' '}
            {asking === 'practice.reset'
              ? 'It is made anew with all its weak spots.'
              : 'Nothing else is touched.'}
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}

/** A file of facts that were collected earlier or elsewhere. */
export function RecordedForm() {
  const file = useStore((state) => state.form.factsFile);
  return (
    <>
      <div>
        <p className={styles.legend}>File</p>
        <div className={styles.buttons}>
          <Button
            onPress={() =>
              void chooseFile('facts').then((path) => path !== null && changeForm({ factsFile: path }))
            }
          >
            <FileText className="i s" />
            Choose a file…
          </Button>
          {file !== null && (
            <span className={`${styles.file} mono`}>
              <Middle text={file} />
            </span>
          )}
        </div>
      </div>
      <div>
        <p className={styles.legend}>A host without a network?</p>
        <p className="second">
          Run the script there as root, bring its output here. It reads and changes nothing.
        </p>
        <div className={styles.buttons}>
          <Button
            size="tiny"
            onPress={() => void attempt(async () => saidSaved(await call('scan.saveScript', {})))}
          >
            Save the script…
          </Button>
        </div>
      </div>
    </>
  );
}
