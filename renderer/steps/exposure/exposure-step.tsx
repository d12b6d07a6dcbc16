import { Copy, Download, Pencil } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { Output } from '../../../shared/contract/contract.ts';
import { call } from '../../api/bridge.ts';
import { attempt, copyText, go, saidSaved } from '../../store/actions.ts';
import { findingsOf, tableText } from '../../store/exposure.ts';
import { firstFilter } from '../../store/findings.ts';
import { openHba } from '../../store/hba-editor-actions.ts';
import { update } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { StepFrame } from '../step-frame.tsx';
import { ExposureTable } from './exposure-table.tsx';
import { ExposureWords } from './exposure-words.tsx';
import { PictureView } from './picture-view.tsx';
import { QuestionBar } from './question-bar.tsx';
import styles from './exposure.module.css';

type FindingsWizard = Extract<Wizard, { readonly step: 'findings' }>;

const narrowest = 740;
const widest = 1100;

/** The findings' second view: who can reach the server, drawn, asked and as a table. */
export function ExposureStep({
  wizard: { report },
  views,
  onList,
}: {
  readonly wizard: FindingsWizard;
  readonly views: ReactNode;
  readonly onList: () => void;
}) {
  const [exposed, setExposed] = useState<Output<'exposure.get'> | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void attempt(async () => {
      const found = await call('exposure.get', {});
      if (gone) return;
      setExposed(found);
      setSelected(found.ok ? (found.picture.lanes[0]?.id ?? null) : null);
    });
    return () => {
      gone = true;
    };
  }, [report]);
  const picture = exposed?.ok === true ? exposed.picture : null;
  const lane = picture?.lanes.find(({ id }) => id === selected);
  const findings = lane === undefined ? [] : findingsOf(lane, report.findings);
  const open = (id: string): void => {
    const chosen = picture?.lanes.find((candidate) => candidate.id === id);
    const about = chosen === undefined ? [] : findingsOf(chosen, report.findings);
    if (about[0] === undefined) return;
    update({
      openedFinding: about[0].check,
      filter: { ...firstFilter, pillars: ['network'], statuses: ['open'] },
    });
    onList();
  };
  return (
    <StepFrame
      title="Findings"
      views={views}
      tools={
        picture !== null && (
          <>
            <Button variant="quiet" onPress={() => openHba(lane?.entries[0]?.lines[0])}>
              <Pencil className="i s" />
              Edit pg_hba.conf
            </Button>
            <Button variant="quiet" onPress={() => void attempt(() => copyText(tableText(picture.lanes)))}>
              <Copy className="i s" />
              Copy table
            </Button>
            <Button
              variant="quiet"
              onPress={() => void attempt(async () => saidSaved(await call('exposure.save', {})))}
            >
              <Download className="i s" />
              Save picture
            </Button>
          </>
        )
      }
      plain={<ExposureWords picture={picture} />}
      folds
      back={{ label: 'Inspect', onPress: () => go('inspect') }}
      status={
        <span className={classNames('clip', picture?.verdict.tone === 'critical' && 'critical')}>
          {picture?.verdict.text ?? ''}
        </span>
      }
      actions={
        <Button
          size="large"
          isDisabled={findings.length === 0}
          onPress={() => {
            if (lane !== undefined) open(lane.id);
          }}
        >
          Show its findings <span className="quiet">{findings.length}</span>
        </Button>
      }
      primary={{ label: 'Choose fixes', onPress: () => go('fixes') }}
    >
      {exposed?.ok === false && <p className={styles.none}>There is no picture: {exposed.reason}.</p>}
      {exposed?.ok === true && (
        <>
          {exposed.databases.length > 0 && exposed.roles.length > 0 && (
            <QuestionBar databases={exposed.databases} roles={exposed.roles} />
          )}
          <div className={styles.body} role="region" aria-label="Exposure" tabIndex={0}>
            <Measured>
              {(width) => (
                <PictureView
                  picture={exposed.picture}
                  width={width}
                  selected={selected}
                  onSelect={setSelected}
                  onOpen={open}
                />
              )}
            </Measured>
            <Legend />
            <ExposureTable picture={exposed.picture} selected={selected} onSelect={setSelected} />
            {exposed.picture.unknown.length > 0 && (
              <section className={styles.notes}>
                <h2 className="h">Not known</h2>
                <ul className="selectable">
                  {exposed.picture.unknown.slice(0, 50).map((reason) => (
                    <li key={reason}>{reason}</li>
                  ))}
                </ul>
              </section>
            )}
          </div>
        </>
      )}
    </StepFrame>
  );
}

/** Gives the picture the width that there is. */
function Measured({ children }: { readonly children: (width: number) => ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(narrowest);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined)
        setWidth(Math.round(Math.min(widest, Math.max(narrowest, entry.contentRect.width - 5))));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} className={styles.wrap}>
      {children(width)}
    </div>
  );
}

function Legend() {
  return (
    <div className={styles.legend} role="note" aria-label="How to read the picture">
      <span>
        <svg width="30" height="12" aria-hidden="true">
          <path d="M0 6h30" stroke="var(--pipe)" strokeWidth="8" />
          <path d="M0 6h30" stroke="var(--pipe-core)" strokeWidth="5.4" />
        </svg>
        hollow: may be unencrypted
      </span>
      <span>
        <svg width="30" height="12" aria-hidden="true">
          <path d="M0 6h30" stroke="var(--pipe)" strokeWidth="8" />
        </svg>
        solid: TLS required, or local
      </span>
      <span>
        <svg width="20" height="14" aria-hidden="true">
          <path d="M0 7h14" stroke="var(--ink-3)" strokeWidth="5" />
          <path d="M16 1v12" stroke="var(--ink)" strokeWidth="3.5" />
        </svg>
        stopped
      </span>
      <span>
        <svg width="10" height="10" aria-hidden="true">
          <rect width="10" height="10" fill="var(--pipe-open)" />
        </svg>
        everyone, or no password
      </span>
    </div>
  );
}
