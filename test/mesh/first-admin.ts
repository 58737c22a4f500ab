import 'reflect-metadata';
import { FirstAdmin, IdentitySql, Passwords, identityMigrations } from '#access';
import { SystemClock } from '#contract';
import { eventStoreMigrations, openDatabase } from '#event-store';
import { readModelEntities, readModelMigrations } from '#read-models';

/** Does to a deployment's database what its operator does before the first start. */
export async function withFirstAdmin<Result>(
  databaseUrl: string,
  work: (firstAdmin: FirstAdmin) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase({
    at: { kind: 'postgres', url: databaseUrl },
    migrations: [...eventStoreMigrations, ...readModelMigrations, ...identityMigrations],
    entities: readModelEntities,
  });
  try {
    return await work(
      new FirstAdmin(new IdentitySql(database.dataSource), new Passwords(), new SystemClock()),
    );
  } finally {
    await database.close();
  }
}
