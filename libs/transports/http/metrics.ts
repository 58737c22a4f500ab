import type { RuntimeStatus } from '#contract';

/** Upper bounds, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type Series = { readonly buckets: number[]; sum: number; count: number };

/** How long requests took, and what the runtime says of itself, as Prometheus reads it (text format 0.0.4). */
export class HttpMetrics {
  private readonly series = new Map<string, Series>();

  /** Counts a request. `route` is the pattern, never the address: there are few of them. */
  observe(method: string, route: string, status: number, seconds: number): void {
    const labels = `method="${method}",route="${route}",status="${status}"`;
    const series = this.series.get(labels) ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.sum += seconds;
    series.count += 1;
    this.series.set(labels, series);
  }

  render(status: Required<RuntimeStatus>, openStreams: number): string {
    return `${[...gauges(status, openStreams), ...this.histogram()].join('\n')}\n`;
  }

  private histogram(): readonly string[] {
    const name = 'coderclaw_http_request_seconds';
    const lines = [...this.series].flatMap(([labels, { buckets, sum, count }]) => {
      let below = 0;
      const bounds = BUCKETS.map(
        (bound, i) => `${name}_bucket{${labels},le="${bound}"} ${(below += buckets[i] ?? 0)}`,
      );
      return [
        ...bounds,
        `${name}_bucket{${labels},le="+Inf"} ${count}`,
        `${name}_sum{${labels}} ${sum}`,
        `${name}_count{${labels}} ${count}`,
      ];
    });
    return [`# HELP ${name} Time from a request to its answer.`, `# TYPE ${name} histogram`, ...lines];
  }
}

function gauges(status: Required<RuntimeStatus>, openStreams: number): readonly string[] {
  const values: readonly (readonly [name: string, help: string, value: number])[] = [
    ['coderclaw_tasks_active', 'Tasks that are not final.', status.activeTasks],
    ['coderclaw_tasks_total', 'Tasks there are.', status.totalTasks],
    ['coderclaw_queue_depth', 'Tasks that wait for a worker.', status.queueDepth],
    [
      'coderclaw_projection_lag_commits',
      'Commits the slowest read model is behind the log.',
      status.projectionLag,
    ],
    ['coderclaw_workers', 'Workers connected.', status.workers],
    ['coderclaw_healthy', '1 if every part works.', status.healthy ? 1 : 0],
    ['coderclaw_uptime_seconds', 'Since the process started.', status.uptime],
    ['coderclaw_open_streams', 'Streams this process serves now.', openStreams],
  ];
  return values.flatMap(([name, help, value]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    `${name} ${value}`,
  ]);
}
