import { Wrench } from 'lucide-react';
import { useMemo } from 'react';
import type { Finding } from '../../../shared/findings/finding.ts';
import type { Report } from '../../../shared/report/model.ts';
import { dayText } from '../../format.ts';
import {
  firstFilter,
  listedStatus,
  listedStatuses,
  noFilter,
  pillarNames,
  severityOrder,
  type FindingFilter,
  type PillarGroup,
} from '../../store/findings.ts';
import { update, useStore } from '../../store/state.ts';
import { EffectIcon, Severity, Status, severityWord, statusWord } from '../../ui/badges.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { SearchBox } from '../../ui/field.tsx';
import { Mark } from '../../ui/marks.tsx';
import { FilterChip } from '../../ui/menu.tsx';
import { Empty } from '../../ui/notice.tsx';
import { RowList } from '../../ui/row-list.tsx';
import styles from './findings.module.css';

type Row = Finding & { readonly id: string };

function setFilter(change: Partial<FindingFilter>): void {
  update((state) => ({ filter: { ...state.filter, ...change } }));
}

/** The findings in their pillars, filtered and searched. */
export function FindingList({
  report,
  groups,
  selected,
}: {
  readonly report: Report;
  readonly groups: readonly PillarGroup[];
  readonly selected: string | null;
}) {
  const filter = useStore((state) => state.filter);
  const offers = useStore((state) => state.session.offers);
  const effects = useMemo(
    () =>
      new Map(
        (offers ?? []).flatMap((offer) => offer.resolves.map((check) => [check, offer.effect] as const)),
      ),
    [offers],
  );
  const rows = useMemo(
    () =>
      groups.map((group) => ({
        id: group.pillar,
        name: pillarNames[group.pillar],
        note: (
          <>
            <span>{group.open} open</span>
            <span className="quiet">{group.passed} passed</span>
            {group.notAssessed > 0 && <span className="quiet">{group.notAssessed} not assessed</span>}
          </>
        ),
        rows: group.findings.map((finding): Row => ({ ...finding, id: finding.check })),
      })),
    [groups],
  );
  return (
    <>
      <div className={styles.filters}>
        <SearchBox
          label="Search findings"
          value={filter.text}
          onChange={(text) => setFilter({ text })}
          placeholder={`Search ${report.findings.length} checks`}
        />
        <FilterChip
          label="State"
          values={filter.statuses}
          options={listedStatuses.map((status) => ({ id: status, label: statusWord(status) }))}
          onChange={(statuses) => setFilter({ statuses })}
        />
        <FilterChip
          label="Severity"
          values={filter.severities}
          options={severityOrder.map((severity) => ({ id: severity, label: severityWord(severity) }))}
          onChange={(severities) => setFilter({ severities })}
        />
      </div>
      <RowList
        label="Findings"
        groups={rows}
        selected={selected}
        onSelect={(check) => update({ openedFinding: check })}
        textOf={(row) => row.title}
        rowClassName={styles.row}
        dependencies={[effects]}
        renderRow={(row) => <FindingRow finding={row} effect={effects.get(row.check)} />}
        empty={<NothingListed report={report} filter={filter} />}
      />
    </>
  );
}

function FindingRow({
  finding,
  effect,
}: {
  readonly finding: Finding;
  readonly effect: 'live' | 'reload' | 'restart' | undefined;
}) {
  const status = listedStatus(finding);
  const quiet = status !== 'open';
  return (
    <>
      {status === 'open' ? <Severity severity={finding.severity} /> : <Status status={status} />}
      <span className={classNames('clip', quiet && 'second')} title={finding.title}>
        {finding.title}
      </span>
      <span className={classNames(styles.id, 'clip', 'expert-only')}>{finding.check}</span>
      <span className={classNames('small', 'second', 'expert-only', styles.effect)}>
        {status === 'open' && effect !== undefined && (
          <>
            <EffectIcon effect={effect} /> {effect}
          </>
        )}
      </span>
      <span className={classNames('small', 'second', 'expert-only', styles.cis)}>
        {finding.references.cis[0]?.replace(/ .*/, '')}
      </span>
      <RowEnd finding={finding} />
    </>
  );
}

function RowEnd({ finding }: { readonly finding: Finding }) {
  const status = listedStatus(finding);
  if (status === 'waived' && finding.waiver !== null)
    return <span className="small waived nowrap">until {dayText(finding.waiver.until)}</span>;
  if (status !== 'open') return <span />;
  return finding.fixes.length > 0 ? (
    <span className={styles.end} title="A fix is offered">
      <Wrench className="i s" />
      <span className="visually-hidden">A fix is offered</span>
    </span>
  ) : (
    <span className={styles.end} title="By hand">
      <Mark name="manual" className="s" />
      <span className="visually-hidden">By hand</span>
    </span>
  );
}

function NothingListed({ report, filter }: { readonly report: Report; readonly filter: FindingFilter }) {
  const searched = filter.text.trim() !== '';
  const open = report.summary.fail + report.summary.manual + report.summary.notAssessed;
  return (
    <Empty
      title={
        searched
          ? `No finding matches "${filter.text.trim()}"`
          : open === 0
            ? 'Nothing is open'
            : 'Nothing in this filter'
      }
      actions={
        <>
          <Button size="tiny" onPress={() => update({ filter: { ...noFilter, text: '' } })}>
            Show all {report.findings.length}
          </Button>
          <Button size="tiny" variant="quiet" onPress={() => update({ filter: firstFilter })}>
            Open and not assessed
          </Button>
        </>
      }
    >
      {searched
        ? `${report.findings.length} checks were searched: titles, ids, places, CIS and STIG numbers.`
        : `${report.summary.pass} checks passed. They are listed when the filter is cleared.`}
    </Empty>
  );
}
