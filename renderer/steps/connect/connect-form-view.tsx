import { FileText, FlaskConical, Laptop, Server } from 'lucide-react';
import { Radio, RadioGroup } from 'react-aria-components';
import { counted } from '../../format.ts';
import { changeForm } from '../../store/connect-form-actions.ts';
import { useStore } from '../../store/state.ts';
import { LocalForm, PracticeForm, RecordedForm } from './other-forms.tsx';
import { RecentTargets, StagesAhead } from './recent-targets.tsx';
import { SshForm } from './ssh-form.tsx';
import styles from './connect.module.css';

/** The four kinds of target, the form of the chosen one, and what was used lately. */
export function ConnectFormView() {
  const kind = useStore((state) => state.form.kind);
  const clusters = useStore((state) => state.localClusters);
  const practice = useStore((state) => state.practice);
  const local =
    clusters === null
      ? 'PostgreSQL on this machine'
      : clusters.length === 0
        ? 'No PostgreSQL here'
        : clusters.length === 1
          ? (clusters[0] ?? '')
          : counted(clusters.length, 'cluster');
  const practiceText =
    practice === null || practice.available
      ? practice?.running === true
        ? 'Is running'
        : 'Starts one to learn on'
      : 'Not available here';
  const kinds = [
    { id: 'ssh', icon: Server, name: 'SSH host', detail: 'A server you log in to' },
    { id: 'local', icon: Laptop, name: 'This machine', detail: local },
    { id: 'practice', icon: FlaskConical, name: 'Practice server', detail: practiceText },
    { id: 'recorded', icon: FileText, name: 'Saved facts', detail: 'Judge a file, offline' },
  ] as const;
  return (
    <>
      <RadioGroup
        aria-label="Target"
        orientation="horizontal"
        className={styles.kinds}
        value={kind}
        onChange={(value) => {
          const chosen = kinds.find((candidate) => candidate.id === value);
          if (chosen !== undefined) changeForm({ kind: chosen.id });
        }}
      >
        {kinds.map(({ id, icon: Icon, name, detail }) => (
          <Radio key={id} value={id} className={styles.kind}>
            <Icon className="i" />
            <b>{name}</b>
            <span>{detail}</span>
          </Radio>
        ))}
      </RadioGroup>
      <div className={`${styles.cols} scroll`}>
        <div className={styles.form}>
          {kind === 'ssh' && <SshForm />}
          {kind === 'local' && <LocalForm />}
          {kind === 'practice' && <PracticeForm />}
          {kind === 'recorded' && <RecordedForm />}
        </div>
        <div className={styles.right}>
          <RecentTargets />
          {kind === 'ssh' && <StagesAhead />}
        </div>
      </div>
    </>
  );
}
