import { ArrowRight } from 'lucide-react';
import type { Score } from '../../../shared/report/model.ts';
import { counted } from '../../format.ts';
import { severityOrder } from '../../store/findings.ts';
import { useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { EffectIcon, Severity } from '../../ui/badges.tsx';
import { classNames } from '../../ui/class-names.ts';
import styles from './preview.module.css';

/** The steps in their order, and what is predicted for afterwards. */
export function OrderList({
  wizard,
  before,
  onShow,
}: {
  readonly wizard: Extract<Wizard, { readonly step: 'preview' }>;
  readonly before: Score;
  readonly onShow: (step: number) => void;
}) {
  const { plan, predicted } = wizard.preview;
  const opened = useStore((state) => state.openedChange);
  const isNew = predicted.open.filter((finding) => finding.isNew);
  const openBefore = wizard.report.findings.filter(
    (finding) => finding.status === 'fail' && finding.waiver === null,
  );
  return (
    <nav className={styles.order} aria-label="Steps in the order they run">
      <h2 className={`h ${styles.cap}`}>In this order</h2>
      <ol className={`${styles.steps} scroll`}>
        {plan.steps.map((step) => (
          <li key={step.number}>
            <button
              type="button"
              className={classNames(styles.step, opened === step.number && styles.current)}
              aria-current={opened === step.number ? 'true' : undefined}
              title={step.title}
              onClick={() => onShow(step.number)}
            >
              <span className={styles.number}>{step.number}</span>
              <span className="clip">{step.title}</span>
              <span className={styles.effect} title={step.reversible ? step.effect : 'Cannot be undone'}>
                <EffectIcon effect={step.reversible ? step.effect : 'once'} className="i s" />
                <span className="visually-hidden">{step.reversible ? step.effect : 'Cannot be undone'}</span>
              </span>
            </button>
          </li>
        ))}
        {plan.restart.reasons.length > 0 && !plan.restart.included && (
          <li className={classNames(styles.step, 'second')} title={plan.restart.reasons.join(', ')}>
            <span className={styles.number}>–</span>
            <span className="clip">Restart, later, by you</span>
            <span className={styles.effect}>
              <EffectIcon effect="restart" className="i s" />
            </span>
          </li>
        )}
      </ol>
      <div className={styles.after}>
        <h2 className="h">Afterwards, predicted</h2>
        <div className={styles.figures}>
          <span className={styles.was}>{before.value ?? '–'}</span>
          <ArrowRight className="i s" />
          <span className={styles.willBe}>{predicted.score.value ?? '–'}</span>
          <span className="small quiet">of 100</span>
        </div>
        <table aria-label="Open findings before and after">
          <thead className="visually-hidden">
            <tr>
              <th scope="col">Severity</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td>Open</td>
              <td>{openBefore.length}</td>
              <td>{predicted.open.length}</td>
            </tr>
            {severityOrder.slice(0, 3).map((severity) => (
              <tr key={severity}>
                <td>
                  <Severity severity={severity} />
                </td>
                <td>{openBefore.filter((finding) => finding.severity === severity).length}</td>
                <td>{predicted.open.filter((finding) => finding.severity === severity).length}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {isNew.length > 0 && (
          <p className="small second" title={isNew.map((finding) => finding.title).join('\n')}>
            {counted(isNew.length, 'is', 'are')} new: {isNew[0]?.title}
            {isNew.length > 1 ? ' …' : ''}
          </p>
        )}
      </div>
    </nav>
  );
}
