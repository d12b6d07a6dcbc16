import type { Activity } from '../../../shared/facts/activity.ts';
import { collected } from '../../../shared/facts/fact.ts';
import { activityQuery, checkpointQuery } from '../../postgres/activity-queries.ts';
import { clusterSql, defineCollector } from '../define-collector.ts';

const facts = ['activity'] as const;

/** What a restart would interrupt. Each query is one row of JSON members, so that a run can ask the same again. */
export const activityCollector = defineCollector({
  subject: 'activity',
  facts,
  probes: {
    activity: clusterSql((major) => activityQuery(major, 60)),
    checkpoint: clusterSql(checkpointQuery),
  },
  read({ activity, checkpoint }) {
    if (activity.state !== 'collected') return { activity };
    const row = activity.value[0] as unknown as Omit<Activity, 'checkpoint'>;
    const last = checkpoint.state === 'collected' ? checkpoint.value[0] : undefined;
    return {
      activity: collected({ ...row, checkpoint: (last as unknown as Activity['checkpoint']) ?? null }),
    };
  },
});
