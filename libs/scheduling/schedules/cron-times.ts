import { Cron } from 'croner';
import { MeshError } from '#errors';

/**
 * The times of a cron expression after a moment, soonest first.
 *
 * @throws {MeshError} `invalid_request` for an expression or a time zone that is none, or one whose time never comes
 */
export function timesOf(
  { cron, timeZone }: Readonly<{ cron: string; timeZone: string }>,
  after: Date,
  count: number,
): readonly Date[] {
  checkTimeZone(timeZone);
  const times = parsed(cron, timeZone).nextRuns(count, after);
  if (times.length === 0)
    throw new MeshError('invalid_request', `cron: ${cron} never comes`, { field: 'cron' });
  return times;
}

function parsed(cron: string, timezone: string): Cron {
  try {
    return new Cron(cron, { mode: '5-part', timezone });
  } catch (error) {
    const details = {
      field: 'cron',
      hint: 'minute, hour, day of the month, month, day of the week: "30 6 * * MON-FRI"',
    };
    throw new MeshError('invalid_request', `cron: ${cron} is no cron expression of five fields`, details, {
      cause: error,
    });
  }
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone }).format();
  } catch (error) {
    const details = { field: 'timeZone', hint: 'an IANA name such as Europe/Berlin, or UTC' };
    throw new MeshError('invalid_request', `timeZone: there is no ${timeZone}`, details, { cause: error });
  }
}
