import { Download } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { counted } from '../../format.ts';
import { go } from '../../store/actions.ts';
import { judge } from '../../store/session-actions.ts';
import { groupByPillar, listedStatus, severityOrder } from '../../store/findings.ts';
import { useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Status } from '../../ui/badges.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { AttentionNotice } from '../attention-notice.tsx';
import { ExposureStep } from '../exposure/exposure-step.tsx';
import { StepFrame } from '../step-frame.tsx';
import { FindingDetail } from './finding-detail.tsx';
import { FindingList } from './finding-list.tsx';
import { FindingWords } from './finding-words.tsx';
import { ScoreStrip } from './score-strip.tsx';
import { WaiveDialog } from './waive-dialog.tsx';
import styles from './findings.module.css';

type FindingsWizard = Extract<Wizard, { readonly step: 'findings' }>;

/** Step 3: what was found, as a list or as the picture of who can reach the server. */
export function FindingsStep({ wizard }: { readonly wizard: FindingsWizard }) {
  const [view, setView] = useState<'list' | 'exposure'>('list');
  const views = (
    <Segmented
      label="View"
      value={view}
      options={[
        { id: 'list', label: 'List' },
        { id: 'exposure', label: 'Exposure' },
      ]}
      onChange={setView}
    />
  );
  return view === 'exposure' ? (
    <ExposureStep wizard={wizard} views={views} onList={() => setView('list')} />
  ) : (
    <FindingsListStep wizard={wizard} views={views} />
  );
}

/** The score, the pillars, the list, and one opened finding. */
function FindingsListStep({ wizard, views }: { readonly wizard: FindingsWizard; readonly views: ReactNode }) {
  const { report } = wizard;
  const filter = useStore((state) => state.filter);
  const opened = useStore((state) => state.openedFinding);
  const waiving = useStore((state) => state.waiving);
  const profiles = useStore((state) => state.profiles);
  const groups = useMemo(() => groupByPillar(report.findings, filter), [report.findings, filter]);
  const listed = useMemo(() => groups.flatMap((group) => group.findings), [groups]);
  const finding = listed.find((candidate) => candidate.check === opened) ?? listed[0] ?? null;

  const open = report.findings.filter((candidate) => listedStatus(candidate) === 'open');
  const fixable = open.filter((candidate) => candidate.fixes.length > 0).length;
  const worst = severityOrder.find((severity) => open.some((candidate) => candidate.severity === severity));
  const profileOptions =
    profiles.length > 0
      ? profiles.map((profile) => ({ id: profile.id, label: profile.title }))
      : [{ id: report.profile, label: report.profile }];

  return (
    <StepFrame
      title="Findings"
      views={views}
      fact={open.length === 0 ? 'Nothing is open' : undefined}
      tools={
        <>
          <span className="small second">Judged by</span>
          <SelectField
            label="Profile"
            hideLabel
            compact
            value={report.profile}
            options={profileOptions}
            onChange={(profile) => void judge(profile)}
          />
        </>
      }
      plain={<FindingWords finding={finding} />}
      back={{ label: 'Inspect', onPress: () => go('inspect') }}
      status={
        <>
          <span className="clip">
            {open.length === 0
              ? `${counted(report.summary.pass, 'check')} passed`
              : `${open.length} open: ${fixable} have a fix here, ${open.length - fixable} need you.`}
          </span>
          {report.summary.notAssessed > 0 && (
            <Status status="not-assessed" text={`${report.summary.notAssessed} not assessed`} />
          )}
        </>
      }
      actions={
        <Button size="large" onPress={() => go('report')}>
          <Download className="i s" />
          Report now
        </Button>
      }
      primary={{ label: 'Choose fixes', onPress: () => go('fixes') }}
    >
      <AttentionNotice />
      <ScoreStrip report={report} groups={groups} worst={worst} />
      <div className={styles.split}>
        <section className={styles.pane} aria-label="List of findings">
          <FindingList report={report} groups={groups} selected={finding?.check ?? null} />
        </section>
        <section className={styles.pane} aria-label="Finding">
          <FindingDetail key={finding?.check ?? ''} finding={finding} />
        </section>
      </div>
      {waiving !== null && <WaiveDialog finding={waiving} />}
    </StepFrame>
  );
}
